import { runAs, waitWithBackoff } from '../../platform'
import type { Log } from '../../platform/log'
import type { EventLogEngine } from '../engine'
import {
  EventLogGapError,
  type ConsumerDefinition,
  type ConsumerState,
  type Delivery,
  type RebuildReason,
  type RunningConsumer,
} from '../eventLog'
import { leaseTtlMs, type HeldLease, type Leases } from '../mongo/leases'
import type { EventLogTelemetry } from '../telemetry/eventLogTelemetry'
import { rebuildRequestedType } from './durableConsumer'

interface RunConsumerOptions {
  engine: EventLogEngine
  /** Shared by all processes that may run this consumer. */
  leases: Leases
  definition: ConsumerDefinition
  log: Log
  telemetry?: EventLogTelemetry | undefined
}

/** Consecutive failures, over some 3 s, that are logged at `info`: the other services may be starting. */
const maxExpectedFailures = 6

/** A lease that is not renewed for so long is not held by a running process, which would let it expire. */
const maxUnrenewedMs = 2 * leaseTtlMs
const leaseWarningIntervalMs = 60_000

/**
 * Runs a consumer until it is closed, in one process at a time. After a failure or in another process it
 * continues after the stored position.
 */
export function runConsumer({
  engine,
  leases,
  definition,
  log,
  telemetry,
}: RunConsumerOptions): RunningConsumer {
  const { topic, consumer } = definition
  const closing = new AbortController()
  let failures = 0
  let state: ConsumerState = 'standby'
  let failedIds: ReadonlySet<string> = new Set()

  let warnedAtMs = -Infinity

  function reportWaiting({ holder, until, unrenewedMs }: HeldLease): void {
    state = 'standby'
    const nowMs = performance.now()
    if (unrenewedMs <= maxUnrenewedMs || nowMs - warnedAtMs < leaseWarningIntervalMs) return
    warnedAtMs = nowMs
    log.warn(
      { topic, consumer, holder, until },
      `The consumer ${consumer} does not run: its lease is held by ${holder} until ${until.toISOString()}, ` +
        'and is not renewed. If no process runs the consumer, remove the lease: see docs/alerts.md#consumerlag.',
    )
  }

  async function handleBatch(batch: readonly Delivery[], position: string): Promise<void> {
    const events = batch.map(({ event }) => event)
    if (failedIds.size > 0) {
      telemetry?.countRedelivered(definition, events.filter(({ id }) => failedIds.has(id)).length)
      failedIds = new Set()
    }
    const measured = telemetry?.startBatch(definition, events)
    const handle = () => definition.handle(events, position)
    try {
      if (events.some(({ type }) => type === rebuildRequestedType)) await rebuildFor('requested', handle)
      else await (measured?.span ? runAs({ span: measured.span }, handle) : handle())
      measured?.end(undefined)
    } catch (error) {
      measured?.end(error)
      failedIds = new Set(events.map(({ id }) => id))
      throw error
    }
  }

  async function rebuildFor(reason: RebuildReason, rebuild: () => Promise<void>): Promise<void> {
    telemetry?.countRebuild(definition, reason)
    state = 'rebuilding'
    await rebuild()
    state = 'current'
  }

  async function readBatches(signal: AbortSignal): Promise<void> {
    const after = await definition.readPosition()
    for await (const batch of engine.readAsConsumer(topic, consumer, after, signal)) {
      const last = batch.at(-1)
      if (!last) continue
      await handleBatch(batch, last.position)
      failures = 0
      state = 'current'
      if (signal.aborted) return
    }
  }

  async function rebuildAfterGap(error: EventLogGapError): Promise<void> {
    const reason = error.position === undefined ? 'firstStart' : 'gap'
    if (reason === 'firstStart') log.info({ topic, consumer }, 'Rebuilding from the owner at the first start')
    else log.warn({ err: error, topic, consumer }, 'Rebuilding from the owner after a gap in the event log')
    const position = await engine.readNewestPosition(topic)
    await rebuildFor(reason, () => definition.rebuild(position))
    failures = 0
  }

  async function consume(signal: AbortSignal): Promise<void> {
    // After a failure it is current again once it has handled something.
    state = failures === 0 ? 'current' : 'stale'
    try {
      await readBatches(signal).catch((error: unknown) => {
        if (error instanceof EventLogGapError) return rebuildAfterGap(error)
        throw error
      })
    } catch (error) {
      // The lease was lost. This is not a failure: another process may run the consumer.
      if (!signal.aborted || (error as Error).name !== 'AbortError') throw error
    }
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await leases.hold(`${topic}/${consumer}`, consume, closing.signal, reportWaiting)
        state = 'standby'
      } catch (error) {
        if (closing.signal.aborted) return
        state = 'stale'
        const level = failures < maxExpectedFailures ? 'info' : 'error'
        log[level]({ err: error, topic, consumer }, 'A consumer of the event log failed and will be retried')
        await waitWithBackoff(failures++, closing.signal).catch(() => undefined)
      }
    }
  }

  const running = run()
  return {
    get state() {
      return state
    },
    close: async () => {
      closing.abort()
      await running
    },
  }
}
