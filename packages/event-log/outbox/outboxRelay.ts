import { maxBatchSize, runOutOfScope } from '../../platform'
import type { Log } from '../../platform/log'
import type { EventLog } from '../eventLog'
import type { Outbox } from './outbox'
import { recordEntities } from './writtenEvents'

interface OutboxRelayOptions {
  eventLog: EventLog
  /** The name of the service that owns the outbox. */
  topic: string
  outbox: Outbox
  log: Log
  /** How often it looks for events that a crash left pending; default 1,000. */
  sweepIntervalMs?: number
}

export interface OutboxRelay {
  /** Starts the relay, beginning with events that a crash left pending. */
  start(): void
  /** Schedules the publication of these documents' pending events; returns at once and never throws. */
  publishPendingEvents(...ids: readonly string[]): void
  /** Resolves when the current batch is published. Another relay or the next start publishes the rest. */
  close(): Promise<void>
}

/** See {@link OutboxRelay.publishPendingEvents}. */
export type PublishPendingEvents = OutboxRelay['publishPendingEvents']

/** Leaves the publication to the relays of other processes. */
export const publishLater: PublishPendingEvents = () => undefined

/**
 * Creates the outbox relay of a service, which publishes pending events to the event log. Every process of the
 * service runs one. Claims keep two relays from publishing events of one document concurrently, so that their
 * order is kept. After a crash between publishing and clearing, events are published again under the same IDs:
 * publishing is idempotent.
 */
export function createOutboxRelay({
  eventLog,
  topic,
  outbox,
  log,
  sweepIntervalMs = 1000,
}: OutboxRelayOptions): OutboxRelay {
  const scheduledIds = new Set<string>()
  let phase: 'created' | 'open' | 'closed' = 'created'
  let isSweepDue = true
  let working: Promise<void> | undefined
  let sweepTimer: NodeJS.Timeout | undefined

  function takeScheduledIds(): string[] {
    const ids = [...scheduledIds].slice(0, maxBatchSize)
    for (const id of ids) scheduledIds.delete(id)
    return ids
  }

  async function publishClaims(ids?: readonly string[]): Promise<void> {
    let claim = await outbox.claim(ids)
    while (claim.events.size > 0) {
      await eventLog.publish(topic, [...claim.events.values()].flat())
      const left = await outbox.clear(claim)
      claim = await outbox.claim(ids && left)
    }
  }

  async function work(): Promise<void> {
    while (phase === 'open' && (scheduledIds.size > 0 || isSweepDue)) {
      const ids = takeScheduledIds()
      try {
        if (ids.length > 0) await publishClaims(ids)
        else {
          isSweepDue = false
          await publishClaims()
        }
      } catch (error) {
        log.error({ err: error, topic }, 'Publishing events failed and will be retried')
      }
    }
  }

  function wake(): void {
    if (phase !== 'open' || working || (scheduledIds.size === 0 && !isSweepDue)) return
    // A request may wake the relay, but the relay publishes events of all requests, so the request's deadline must not apply.
    working = runOutOfScope(work).then(() => {
      working = undefined
      wake()
    })
  }

  return {
    start() {
      phase = 'open'
      sweepTimer = setInterval(() => {
        isSweepDue = true
        wake()
      }, sweepIntervalMs)
      wake()
    },
    publishPendingEvents(...ids) {
      recordEntities(ids)
      for (const id of ids) scheduledIds.add(id)
      wake()
    },
    async close() {
      phase = 'closed'
      clearInterval(sweepTimer)
      await working
    },
  }
}
