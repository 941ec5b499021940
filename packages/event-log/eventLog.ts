/** A value that JSON can represent. */
type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue }

/** A change of one entity, as its owner publishes it. */
export interface DomainEvent {
  /** Unique, and the same when the event is published again, so that consumers can recognise duplicates. */
  readonly id: string
  /** For example `thing.added`. */
  readonly type: string
  /** The ID of the changed entity. Events of one entity are delivered in their order. */
  readonly entity: string
  /** 1, 2, … for each entity. */
  readonly sequence: number
  /** When the entity changed: ISO 8601 in UTC. */
  readonly at: string
  readonly data: { readonly [name: string]: JsonValue }
  /** The span that has changed the entity, or published the event (https://www.w3.org/TR/trace-context/), if it was traced. */
  readonly traceparent?: string | undefined
}

/** An event and its position in the log. */
export interface Delivery {
  readonly event: DomainEvent
  /** Resuming after it continues with the next event. */
  readonly position: string
}

/** A durable consumer of a topic, which continues after a restart where it was. */
export interface ConsumerDefinition {
  /** The name of the service that publishes the events: lower-case letters. */
  readonly topic: string
  /**
   * Unique among the consumers of the topic: lower-case letters and dots. Processes with the same name share
   * the work.
   */
  readonly consumer: string
  /** Returns the stored position; undefined before the first one. Called at every start and retry. */
  readPosition(): Promise<string | undefined>
  /**
   * Handles a batch and stores the position, in the same write where possible. The batch is acknowledged when
   * this resolves, and delivered again with a backoff when it rejects. Idempotent: after a crash a batch is
   * delivered again, too.
   */
  handle(events: readonly DomainEvent[], position: string): Promise<void>
  /**
   * Rebuilds everything from the owner, and stores this position, after which the consumer continues. Called
   * when events may have been missed: at the very first start, and after a gap. The position was read before
   * the call, so that no event is missed during it. Idempotent: retried with a backoff when it rejects.
   */
  rebuild(position: string): Promise<void>
}

/** Why a consumer rebuilds from the owner. */
export type RebuildReason = 'firstStart' | 'gap' | 'requested'

export const consumerStates = ['standby', 'current', 'rebuilding', 'stale'] as const

/**
 * The state of a consumer in this process: it waits while another process runs it (`standby`), handles events
 * (`current`), rebuilds, or waits for the retry after a failure (`stale`).
 */
export type ConsumerState = (typeof consumerStates)[number]

/** The events of a topic after a position. */
export interface TopicLag {
  readonly events: number
  /** The age of the oldest of them; 0 without any. */
  readonly seconds: number
}

/** The progress of a consumer. */
export interface ConsumerStatus extends Pick<ConsumerDefinition, 'topic' | 'consumer'> {
  readonly state: ConsumerState
  /**
   * The events that no process has handled yet; undefined when the consumer has no position in the topic, and must
   * rebuild, or when the log does not respond.
   */
  readonly lag: TopicLag | undefined
}

export interface RunningConsumer {
  readonly state: ConsumerState
  /** Stops the consumer. Resolves when the current batch is handled. */
  close(): Promise<void>
}

interface LogSubscribeOptions {
  /** Resumes after this position; by default, at the newest event. */
  readonly after?: string
  /** Ends the iteration. */
  readonly signal: AbortSignal
}

/**
 * The ordered, durable channel through which services publish domain events. Delivery is at least once, and in
 * order for each entity. Positions are opaque, outlive restarts, and are valid in every process.
 */
export interface EventLog {
  /**
   * Appends events to the topic of their owner, in this order. Idempotent.
   *
   * @throws when it is uncertain whether all events were appended; the caller must then publish them again
   */
  publish(topic: string, events: readonly DomainEvent[]): Promise<void>
  /** Starts a durable consumer. Errors are logged and retried until it is closed. */
  consume(definition: ConsumerDefinition): RunningConsumer
  /**
   * Subscribes without storing a position. Every event that is published after this resolves is delivered.
   *
   * @throws EventLogGapError, from the iteration, when events after the position are beyond the topic's retention
   */
  subscribe(topic: string, options: LogSubscribeOptions): Promise<AsyncIterable<Delivery>>
  /** Returns the position of the newest event. */
  readNewestPosition(topic: string): Promise<string>
  /** Returns the progress of the consumers that this process has started. @param timeoutMs how long it may take */
  readConsumerStatus(timeoutMs: number): Promise<readonly ConsumerStatus[]>
  /** Returns whether its server responds within 2 s. Events wait in the outboxes while it does not. */
  isReachable(): Promise<boolean>
  /** Closes all consumers and subscriptions. */
  close(): Promise<void>
}

/**
 * A gap: events after a position may have been missed, because they are beyond the topic's retention or the log
 * was lost.
 */
export class EventLogGapError extends Error {
  override name = 'EventLogGapError'
  /** @param position undefined when the consumer has none yet */
  constructor(
    topic: string,
    readonly position: string | undefined,
  ) {
    super(
      position === undefined
        ? `There is no position in the topic ${topic} yet.`
        : `The topic ${topic} does not go back to the position ${position}.`,
    )
  }
}
