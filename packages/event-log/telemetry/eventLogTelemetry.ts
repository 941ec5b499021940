import { Counter } from 'prom-client'

import { shareReads, withTimeout } from '../../platform'
import {
  createDurationHistogram,
  observeGauge,
  type Registry,
  type Tracer,
  type TraceSpan,
} from '../../platform/telemetry'
import { readAge } from '../eventJson'
import { maxCountedDocuments, type Outbox, type OutboxBacklog } from '../outbox/outbox'
import { consumerStates, type ConsumerStatus, type DomainEvent, type RebuildReason } from '../eventLog'

/** A consumer of a topic. */
interface ConsumerName {
  topic: string
  consumer: string
}

/** A batch of events that a consumer handles. */
interface ConsumedBatch {
  /** The work is done in this span, if any. */
  span: TraceSpan | undefined
  /** Counts the batch. @param error undefined when it was handled */
  end(error: unknown): void
}

/** Measures and traces an event log. */
export interface EventLogTelemetry {
  /**
   * Publishes events, each in a span of the trace of its change.
   *
   * @param publish receives the events with the identity of these spans, to which their consumers link
   */
  publishEvents(
    topic: string,
    events: readonly DomainEvent[],
    publish: (events: readonly DomainEvent[]) => Promise<void>,
  ): Promise<void>
  /** Begins the batch of a consumer, in a new trace that links to those of the events. */
  startBatch(consumer: ConsumerName, events: readonly DomainEvent[]): ConsumedBatch
  countRedelivered(consumer: ConsumerName, count: number): void
  countRebuild(consumer: ConsumerName, reason: RebuildReason): void
  /** Adds the backlog of a topic's outbox to the metrics; it is read when they are scraped. */
  observeOutbox(topic: string, outbox: ObservedOutbox): void
  /** Adds the progress of the consumers to the metrics; it is read when they are scraped. */
  observeConsumers(readStatus: (timeoutMs: number) => Promise<readonly ConsumerStatus[]>): void
}

const topicLabel = 'messaging_destination_name'
const consumerLabel = 'messaging_consumer_group_name'
const consumerLabels = [topicLabel, consumerLabel] as const
const toLabels = ({ topic, consumer }: ConsumerName) => ({ [topicLabel]: topic, [consumerLabel]: consumer })
/** A scrape does not wait longer for a log that does not respond. */
const readTimeoutMs = 2_000
/** Spans have a limited number of links. */
const maxLinks = 100

/**
 * Creates the telemetry of an event log. Names are those of OpenTelemetry where it has any
 * (https://opentelemetry.io/docs/specs/semconv/messaging/).
 *
 * @param tracer undefined when traces are off
 */
export function createEventLogTelemetry(registry: Registry, tracer: Tracer | undefined): EventLogTelemetry {
  const registers = [registry]
  const outboxes = new Map<string, ObservedOutbox[]>()
  const published = new Counter({
    name: 'messaging_client_sent_messages_total',
    help: 'Events that were published, by topic; error_type is empty for those that the log has stored.',
    labelNames: [topicLabel, 'error_type'],
    registers,
  })
  const consumed = new Counter({
    name: 'messaging_client_consumed_messages_total',
    help: 'Events that were delivered to a consumer.',
    labelNames: consumerLabels,
    registers,
  })
  const findSeries = createDurationHistogram({
    name: 'messaging_process_duration_seconds',
    help: 'Duration of the handling of a batch of events; error_type is empty for those that succeeded.',
    labelNames: [...consumerLabels, 'error_type'],
    registry,
  })
  const redelivered = new Counter({
    name: 'event_log_redelivered_events_total',
    help: 'Events that were delivered again to a consumer, after their handling had failed.',
    labelNames: consumerLabels,
    registers,
  })
  const rebuilds = new Counter({
    name: 'event_log_rebuilds_total',
    help: 'Rebuilds from the owner, by consumer and reason.',
    labelNames: [...consumerLabels, 'reason'],
    registers,
  })

  return {
    async publishEvents(topic, events, publish) {
      const spans: TraceSpan[] = []
      const traced = tracer ? events.map((event) => startPublication(tracer, topic, event, spans)) : events
      try {
        await publish(traced)
        published.inc({ [topicLabel]: topic, error_type: '' }, events.length)
      } catch (error) {
        const errorType = toErrorType(error)
        published.inc({ [topicLabel]: topic, error_type: errorType }, events.length)
        for (const span of spans) span.setError(errorType)
        throw error
      } finally {
        for (const span of spans) span.end()
      }
    },

    startBatch(consumer, events) {
      consumed.inc(toLabels(consumer), events.length)
      const links = listLinks(events)
      const span =
        links.length === 0
          ? undefined
          : tracer?.startSpan(`process ${consumer.topic}`, undefined, {
              kind: 'consumer',
              links,
              attributes: {
                'messaging.system': 'agora',
                'messaging.operation.name': 'process',
                'messaging.operation.type': 'process',
                'messaging.destination.name': consumer.topic,
                'messaging.consumer.group.name': consumer.consumer,
                'messaging.batch.message_count': events.length,
              },
            })
      const startMs = performance.now()
      return {
        span,
        end(error) {
          const errorType = error === undefined ? '' : toErrorType(error)
          findSeries(consumer.topic, consumer.consumer, errorType)((performance.now() - startMs) / 1000)
          if (errorType !== '') span?.setError(errorType)
          span?.end()
        },
      }
    },

    countRedelivered: (consumer, count) => redelivered.inc(toLabels(consumer), count),
    countRebuild: (consumer, reason) => rebuilds.inc({ ...toLabels(consumer), reason }),
    observeOutbox(topic, outbox) {
      const observed = outboxes.get(topic)
      if (observed) observed.push(outbox)
      else {
        const list = [outbox]
        outboxes.set(topic, list)
        observeOutboxes(registry, topic, list)
      }
    },
    observeConsumers: (readStatus) => observeConsumers(registry, readStatus),
  }
}

function startPublication(
  tracer: Tracer,
  topic: string,
  event: DomainEvent,
  spans: TraceSpan[],
): DomainEvent {
  if (event.traceparent === undefined) return event
  const span = tracer.startSpan(`publish ${topic}`, event.traceparent, {
    kind: 'producer',
    attributes: {
      'messaging.system': 'agora',
      'messaging.operation.name': 'publish',
      'messaging.operation.type': 'send',
      'messaging.destination.name': topic,
      'messaging.message.id': event.id,
      'event.type': event.type,
    },
  })
  spans.push(span)
  return { ...event, traceparent: span.traceparent }
}

/** Returns the spans that have published these events; none unless the requests that have changed the entities were traced. */
function listLinks(events: readonly DomainEvent[]): string[] {
  const links = new Set<string>()
  for (const { traceparent } of events) {
    if (traceparent !== undefined && links.size < maxLinks) links.add(traceparent)
  }
  return [...links]
}

/** Returns the class of an error, of which there is a bounded number. */
const toErrorType = (error: unknown): string => (error instanceof Error ? error.name : 'unknown')

function observeConsumers(
  registry: Registry,
  readStatus: (timeoutMs: number) => Promise<readonly ConsumerStatus[]>,
): void {
  // One scrape reads the status once for all three metrics.
  const read = shareReads(() => readStatus(readTimeoutMs))

  observeGauge(
    {
      name: 'event_log_consumer_lag_events',
      help: 'Events that a consumer has not handled yet; none while it has no position in the topic.',
      labelNames: consumerLabels,
      registry,
    },
    async (report) => {
      for (const { lag, ...name } of await read()) if (lag) report(lag.events, toLabels(name))
    },
  )
  observeGauge(
    {
      name: 'event_log_consumer_lag_seconds',
      help: 'Age of the oldest event that a consumer has not handled yet; 0 when there is none.',
      labelNames: consumerLabels,
      registry,
    },
    async (report) => {
      for (const { lag, ...name } of await read()) if (lag) report(lag.seconds, toLabels(name))
    },
  )
  observeGauge(
    {
      name: 'event_log_consumer_state',
      help: '1 for the state of a consumer in this process: standby (its lease is held elsewhere), current, rebuilding or stale (failing).',
      labelNames: [...consumerLabels, 'state'],
      registry,
    },
    async (report) => {
      for (const { state, ...name } of await read())
        for (const each of consumerStates) report(each === state ? 1 : 0, { ...toLabels(name), state: each })
    },
  )
}

type ObservedOutbox = Pick<Outbox, 'readBacklog'>

async function readBacklogs(outboxes: readonly ObservedOutbox[]): Promise<OutboxBacklog> {
  const backlogs = await Promise.all(outboxes.map((outbox) => outbox.readBacklog()))
  const [oldestAt] = backlogs.flatMap((backlog) => backlog.oldestAt ?? []).sort()
  return { entities: backlogs.reduce((sum, { entities }) => sum + entities, 0), oldestAt }
}

/** @param outboxes of one topic; outboxes that are added later are observed, too */
function observeOutboxes(registry: Registry, topic: string, outboxes: readonly ObservedOutbox[]): void {
  const read = shareReads(() =>
    withTimeout(readTimeoutMs, readBacklogs(outboxes))
      // The metrics of a database that does not respond are absent.
      .catch(() => undefined),
  )

  observeGauge(
    {
      name: 'outbox_pending_entities',
      help: `Entities with events that are not published yet, ${maxCountedDocuments} at most.`,
      labelNames: [topicLabel],
      registry,
    },
    async (report) => {
      const backlog = await read()
      if (backlog) report(backlog.entities, { [topicLabel]: topic })
    },
  )
  observeGauge(
    {
      name: 'outbox_oldest_pending_seconds',
      help: 'Age of the oldest event that is not published yet; 0 when there is none.',
      labelNames: [topicLabel],
      registry,
    },
    async (report) => {
      const backlog = await read()
      if (!backlog) return
      const { oldestAt } = backlog
      report(oldestAt ? readAge({ at: oldestAt }) : 0, { [topicLabel]: topic })
    },
  )
}
