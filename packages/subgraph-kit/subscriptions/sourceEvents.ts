import { once } from 'node:events'

import { EventLogGapError, type Delivery, type DomainEvent, type EventLog } from '../../event-log'
import { resyncRequired } from '../../platform'

/**
 * Loads the root value with which a subscription is executed for one event; null when the event is not visible
 * to the viewer.
 *
 * @param context created for this event
 */
export type RootValueLoader<Context> = (context: Context) => Promise<object | null> | object | null

/** An event of the source stream that a root field's `subscribe` returns. */
export interface SourceEvent<Context> {
  /** The resume position after this event. */
  readonly id: string
  /** Without it the subscriber receives the position alone. */
  readonly loadRootValue?: RootValueLoader<Context>
  /** The span that has published the event, if it was traced. */
  readonly traceparent?: string | undefined
}

interface SubscribeToTopicOptions {
  /** The position after which the subscription resumes; by default, the newest event. */
  readonly after: string | undefined
  /** Ends the iteration. */
  readonly signal: AbortSignal
  /** The minimum interval between positions of events that the mapper skips; default 5,000. */
  readonly positionIntervalMs?: number
}

/** Maps a domain event to a subscription's root value; undefined skips the event. */
export type EventMapper<Context> = (event: DomainEvent) => RootValueLoader<Context> | undefined

/** Subscribes to the subgraph's own topic: the source stream of a root field's `subscribe`. */
export type Subscribe<Context> = (
  mapEvent: EventMapper<Context>,
) => Promise<AsyncIterable<SourceEvent<Context>>>

/** @param stream undefined when the request is no subscription: calling the result is then an error */
export function createSubscribe<Context>(
  eventLog: EventLog,
  topic: string,
  stream: SubscribeToTopicOptions | undefined,
): Subscribe<Context> {
  return async (mapEvent) => {
    if (!stream) throw new Error('Only a subscription has a source stream.')
    return subscribeToTopic(eventLog, topic, stream, mapEvent)
  }
}

/**
 * Subscribes to a topic for one subscriber. Every event that is published after this resolves is delivered. The
 * first source event contains the start position alone; later ones contain the position of skipped events now
 * and then, so that the resume position of a subscriber to rare events stays within the topic's retention.
 *
 * @throws RESYNC, from the iteration, when events after the position are beyond the retention, or the position
 *   is invalid
 */
export async function subscribeToTopic<Context>(
  eventLog: EventLog,
  topic: string,
  options: SubscribeToTopicOptions,
  mapEvent: EventMapper<Context>,
): Promise<AsyncGenerator<SourceEvent<Context>, void>> {
  const { after, signal } = options
  const start = after ?? (await eventLog.readNewestPosition(topic))
  const deliveries = await eventLog.subscribe(topic, { after: start, signal })
  return toSourceEvents(start, deliveries, options, mapEvent)
}

async function* toSourceEvents<Context>(
  start: string,
  deliveries: AsyncIterable<Delivery>,
  { signal, positionIntervalMs = 5000 }: SubscribeToTopicOptions,
  mapEvent: EventMapper<Context>,
): AsyncGenerator<SourceEvent<Context>, void> {
  let yieldedAt = performance.now()
  yield { id: start }
  try {
    for await (const { event, position } of deliveries) {
      const loadRootValue = mapEvent(event)
      const now = performance.now()
      if (!loadRootValue && now - yieldedAt < positionIntervalMs) continue
      yieldedAt = now
      const { traceparent } = event
      yield loadRootValue ? { id: position, loadRootValue, traceparent } : { id: position }
    }
  } catch (error) {
    throw error instanceof EventLogGapError ? resyncRequired() : error
  }
  // The event log was closed, but the subscription is not complete: it continues in another process.
  if (!signal.aborted) await once(signal, 'abort')
}
