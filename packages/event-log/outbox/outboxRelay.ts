import type { Log } from '../../platform/log'
import { runOutOfScope } from '../../platform/request/requestScope'
import type { EventLog } from '../eventLog'
import type { Outbox } from './outbox'

export interface OutboxRelayOptions {
  eventLog: EventLog
  /** The owner's name. */
  topic: string
  outbox: Outbox
  log: Log
  /** How often it looks for what a crash has left, in milliseconds; 1,000 unless told. */
  sweepIntervalMs?: number
}

export interface OutboxRelay {
  /** Begins, with what a crash has left. */
  start(): void
  /** Says that these documents were written with events; it returns at once and never throws. */
  publishPendingEvents(...ids: readonly string[]): void
  /** Resolves when what is under way is published. What still waits, another relay or the next start finds. */
  close(): Promise<void>
}

/** Says that these documents were written with events; see {@link OutboxRelay.publishPendingEvents}. */
export type PublishPendingEvents = OutboxRelay['publishPendingEvents']

/** Where no relay runs: that of another process finds them. */
export const publishLater: PublishPendingEvents = () => undefined

const mostAtOnce = 500

/**
 * Moves events from the documents that they were written with into the feed. Every process of a subgraph runs one: they
 * claim documents, so that none does another's work and the events of one document are never published side by side.
 * A crash between publishing and clearing has them published again, under the same IDs.
 */
export function createOutboxRelay({
  eventLog,
  topic,
  outbox,
  log,
  sweepIntervalMs = 1000,
}: OutboxRelayOptions): OutboxRelay {
  const wanted = new Set<string>()
  let phase: 'made' | 'open' | 'closed' = 'made'
  let sweepWanted = true
  let working: Promise<void> | undefined

  function takeWanted(): string[] {
    const ids = [...wanted].slice(0, mostAtOnce)
    for (const id of ids) wanted.delete(id)
    return ids
  }

  async function relay(ids?: readonly string[]): Promise<void> {
    let claim = await outbox.claim(ids)
    while (claim.events.size > 0) {
      await eventLog.publish(topic, [...claim.events.values()].flat())
      const left = await outbox.clear(claim)
      claim = await outbox.claim(ids && left)
    }
  }

  async function work(): Promise<void> {
    while (phase === 'open' && (wanted.size > 0 || sweepWanted)) {
      const ids = takeWanted()
      try {
        if (ids.length > 0) await relay(ids)
        else {
          sweepWanted = false
          await relay()
        }
      } catch (error) {
        log.error({ err: error, topic }, 'Events are not published yet; they will be tried again')
      }
    }
  }

  function begin(): void {
    if (phase !== 'open' || working || (wanted.size === 0 && !sweepWanted)) return
    // A request may begin it, but it publishes events of all requests.
    working = runOutOfScope(work).then(() => {
      working = undefined
      begin()
    })
  }

  let sweep: NodeJS.Timeout | undefined

  return {
    start() {
      phase = 'open'
      sweep = setInterval(() => {
        sweepWanted = true
        begin()
      }, sweepIntervalMs)
      begin()
    },
    publishPendingEvents(...ids) {
      for (const id of ids) wanted.add(id)
      begin()
    },
    async close() {
      phase = 'closed'
      clearInterval(sweep)
      await working
    },
  }
}
