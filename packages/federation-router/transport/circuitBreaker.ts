import type { Log } from '../../platform/log'
import { createFailureRate } from './failureRate'
import { RequestRejectedError, type FetchOutcome } from './errors'
import type { TransportSettings } from './settings'

/** Refuses fetches to a subgraph that fails, or does not respond. */
export interface CircuitBreaker {
  /**
   * Lets a fetch begin.
   *
   * @returns what to give `leave` when it has ended: how often the circuit has opened
   * @throws NotAsked while it is open
   */
  admitRequest(): number
  /** @param sentAt when the fetch was sent, by the monotonic clock; undefined for one that was not */
  recordOutcome(entered: number, outcome: FetchOutcome, sentAt: number | undefined): void
  /** Sends a probe in the background, because a fetch has waited for nearly all of its time. */
  probeInBackground(): void
  /** Whether it has opened since a fetch began. */
  hasOpenedSince(entered: number): boolean
  /** Stops probing for good. */
  stop(): void
}

export interface CircuitBreakerOptions {
  /** The subgraph's name. */
  subgraph: string
  settings: TransportSettings
  /** Sends a probe to the subgraph, and resolves to whether it has responded. Never rejects. */
  probe(): Promise<boolean>
  log: Log
}

const probeEveryMilliseconds = 500

/**
 * One subgraph's circuit breaker (M. Nygard, Release It!, "Circuit Breaker"). It opens in two cases:
 *
 * - half of the fetches of the last 10 s have failed, and they were at least BREAKER_MIN_FETCHES;
 * - a fetch times out, the subgraph has responded to nothing else since it was sent, and does not respond to a probe
 *   either. One slow query alone does not open it.
 *
 * Open, it lets no fetch through, and probes in the background until the subgraph responds. Requests of clients are never
 * used to probe. Fetches that began before the circuit opened do not count.
 */
export function createCircuitBreaker({
  subgraph,
  settings,
  probe,
  log,
}: CircuitBreakerOptions): CircuitBreaker {
  const rate = createFailureRate({
    thresholdPercent: 50,
    minCalls: settings.BREAKER_MIN_FETCHES,
    windowMs: 10_000,
  })
  let phase: 'closed' | 'open' = 'closed'
  let openings = 0
  /** When the subgraph responded last, and when the last probe without a response was sent. */
  let answeredAt = -Infinity
  let failedProbeAt = -Infinity
  let probing: Promise<boolean> | undefined
  let timer: NodeJS.Timeout | undefined
  let isStopped = false

  function probeOnce(): Promise<boolean> {
    return (probing ??= sendProbe().finally(() => (probing = undefined)))
  }

  async function sendProbe(): Promise<boolean> {
    const sentAt = performance.now()
    const isAnswered = await probe()
    if (isAnswered) answeredAt = performance.now()
    else failedProbeAt = sentAt
    return isAnswered
  }

  function open(): void {
    if (phase === 'open' || isStopped) return
    phase = 'open'
    openings++
    log.error(
      { service: subgraph },
      'The circuit breaker has opened: no fetch is sent until the subgraph responds to a probe',
    )
    timer = setInterval(() => void closeIfAnswered(), probeEveryMilliseconds).unref()
  }

  async function closeIfAnswered(): Promise<void> {
    if (!(await probeOnce()) || phase === 'closed') return
    phase = 'closed'
    clearInterval(timer)
    rate.reset()
    log.info({ service: subgraph }, 'The circuit breaker has closed: the subgraph responds again')
  }

  /** To be called when a fetch has had no response. */
  async function openIfSilent(sentAt: number): Promise<void> {
    if (answeredAt > sentAt) return
    if (failedProbeAt > sentAt || !(await probeOnce())) open()
  }

  return {
    admitRequest() {
      if (phase === 'open') throw new RequestRejectedError('The circuit is open')
      return openings
    },
    recordOutcome(entered, outcome, sentAt) {
      if (sentAt === undefined) return
      const now = performance.now()
      if (outcome === 'answered') answeredAt = now
      if (entered !== openings || outcome === 'unknown') return
      if (outcome !== 'expired' && rate.record(outcome !== 'answered', now)) open()
      else if (outcome === 'timedOut' || outcome === 'expired') void openIfSilent(sentAt)
    },
    probeInBackground() {
      if (phase === 'closed' && !isStopped) void probeOnce()
    },
    hasOpenedSince: (entered) => entered !== openings,
    stop() {
      isStopped = true
      clearInterval(timer)
    },
  }
}
