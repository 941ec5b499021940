import { once } from 'node:events'

import { resyncRequired } from '../../platform/errors'
import { EventLogGapError, type Delivery, type EventLog, type DomainEvent } from '../../event-log/eventLog'

/**
 * Gives the root value with which a subscription is executed, or null where there is nothing to tell this viewer.
 *
 * @param context made for this one happening
 */
export type RootValueLoader<Context> = (context: Context) => Promise<object | null> | object | null

/** What a root field's `subscribe` yields: a place in what happened, and what there is to tell of it. */
export interface SourceEvent<Context> {
  /** Where to resume after it. */
  readonly id: string
  /** Without it the subscriber is told the id alone. */
  readonly loadRootValue?: RootValueLoader<Context>
}

export interface SubscribeToTopicOptions {
  /** The id after which to go on; without it, from now. */
  readonly after: string | undefined
  /** Ends the iteration. */
  readonly signal: AbortSignal
  /** How often what is passed over is told of by its id, at most; 5 s unless told. */
  readonly positionIntervalMs?: number
}

/** What there is to tell of an event; undefined passes it over. */
export type EventMapper<Context> = (event: DomainEvent) => RootValueLoader<Context> | undefined

/** Follows the subgraph's own topic, for the `subscribe` of a subscription. */
export type Subscribe<Context> = (pick: EventMapper<Context>) => Promise<AsyncIterable<SourceEvent<Context>>>

/** @param stream undefined where the request is no subscription: then there is nothing to follow */
export function createSubscribe<Context>(
  feed: EventLog,
  topic: string,
  stream: SubscribeToTopicOptions | undefined,
): Subscribe<Context> {
  return async (pick) => {
    if (!stream) throw new Error('Only a subscription follows.')
    return subscribeToTopic(feed, topic, stream, pick)
  }
}

/**
 * Follows a topic of the feed for one subscriber. Whatever is published after this has resolved is seen. The first happening
 * says where it begins; later, a subscriber whom most events do not concern is told an id now and then, or their place would
 * fall off the feed's end.
 *
 * @throws RESYNC, from the iteration, when events after the id are not there any more, or it is no id of the feed's
 */
export async function subscribeToTopic<Context>(
  feed: EventLog,
  topic: string,
  options: SubscribeToTopicOptions,
  pick: EventMapper<Context>,
): Promise<AsyncGenerator<SourceEvent<Context>, void>> {
  const { after, signal } = options
  const start = after ?? (await feed.readNewestPosition(topic))
  const deliveries = await feed.subscribe(topic, { after: start, signal })
  return happeningsOf(start, deliveries, options, pick)
}

async function* happeningsOf<Context>(
  start: string,
  deliveries: AsyncIterable<Delivery>,
  { signal, positionIntervalMs = 5000 }: SubscribeToTopicOptions,
  pick: EventMapper<Context>,
): AsyncGenerator<SourceEvent<Context>, void> {
  let toldAt = performance.now()
  yield { id: start }
  try {
    for await (const { event, position } of deliveries) {
      const payload = pick(event)
      const now = performance.now()
      if (!payload && now - toldAt < positionIntervalMs) continue
      toldAt = now
      yield payload ? { id: position, loadRootValue: payload } : { id: position }
    }
  } catch (error) {
    throw error instanceof EventLogGapError ? resyncRequired() : error
  }
  // The feed has been closed, which does not mean that nothing happens any more.
  if (!signal.aborted) await once(signal, 'abort')
}
