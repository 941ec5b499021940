/** What JSON can say. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue }

/** Something that happened to one entity, as its owner tells the others. */
export interface DomainEvent {
  /** Unique, and the same when the event is published again: a consumer that has seen it can tell. */
  readonly id: string
  /** What happened, for example `thing.added`. */
  readonly type: string
  /** The ID of the entity that it happened to. Events of one entity come in their order. */
  readonly entity: string
  /** 1, 2, … for each entity. */
  readonly sequence: number
  /** When it happened: ISO 8601 in UTC. */
  readonly at: string
  readonly data: { readonly [name: string]: JsonValue }
}

/** An event with its place in the feed. */
export interface Delivery {
  readonly event: DomainEvent
  /** Where to resume after it. */
  readonly position: string
}

/** A durable consumer of a topic: what it has handled, it is not given again after a restart. */
export interface ConsumerDefinition {
  /** The owner's name: lower-case letters. */
  readonly topic: string
  /**
   * Unique among the consumers of the topic: lower-case letters and dots. Processes that name the same one share its
   * work.
   */
  readonly consumer: string
  /** The position that was stored last; undefined when nothing was yet. Asked for at every beginning. */
  readPosition(): Promise<string | undefined>
  /**
   * Takes in what happened and stores the position, in the same write where it can. Once this resolves, the batch is
   * acknowledged; when it rejects, the batch comes again after a pause. A batch can come again in any case, after a crash
   * for one: an event whose ID or sequence is known is to be left alone.
   */
  handle(events: readonly DomainEvent[], position: string): Promise<void>
  /**
   * Takes everything anew from the owner, and stores this position, at which the consumption then goes on. Called where
   * events may have been missed: at the very first start, and when the stored position is not in the feed any more.
   * The position was taken before the call, so nothing that happens meanwhile is missed. Tried again when it rejects.
   */
  rebuild(position: string): Promise<void>
}

/** What runs until it is closed. */
export interface RunningConsumer {
  /** Resolves when the batch under way is handled, and nothing more will be. */
  close(): Promise<void>
}

export interface LogSubscribeOptions {
  /** Resume after this position; without it, from now. */
  readonly after?: string
  /** Ends the iteration. */
  readonly signal: AbortSignal
}

/**
 * How the subgraphs tell each other what happened: at least once, and in order for each entity. Positions are opaque,
 * outlive restarts, and are good in any process.
 */
export interface EventLog {
  /**
   * Appends events to the owner's topic, in this order. Publishing an event again does no harm.
   * @throws when it is not sure that all are in the feed; then they must be published again
   */
  publish(topic: string, events: readonly DomainEvent[]): Promise<void>
  /** Begins to consume. Errors are logged and what failed is tried again, until it is closed. */
  consume(consumption: ConsumerDefinition): RunningConsumer
  /**
   * For one who watches and keeps nothing. Whatever is published after this has resolved is seen.
   * @throws FeedGap, from the iteration, when events after the position are not there any more
   */
  subscribe(topic: string, options: LogSubscribeOptions): Promise<AsyncIterable<Delivery>>
  /** The position of the newest event, for one who must be able to say where they began. */
  readNewestPosition(topic: string): Promise<string>
  /** Ends all consumers and followers. */
  close(): Promise<void>
}

/** Events after a position may have been missed: it has fallen off the feed's end, or the feed was lost. */
export class EventLogGapError extends Error {
  override name = 'FeedGap'
  /** @param position undefined where there was none yet */
  constructor(
    topic: string,
    readonly position: string | undefined,
  ) {
    super(`The feed ${topic} does not go back to ${position ?? 'its beginning'}.`)
  }
}
