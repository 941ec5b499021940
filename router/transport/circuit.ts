import type { Log } from '../../subgraphs/shared/log'
import { createFailureRate } from './failureRate'
import { NotAsked, type Outcome } from './failures'
import type { TransportSettings } from './settings'

/** Keeps fetches away from a subgraph that fails, or does not answer. */
export interface Circuit {
  /**
   * Lets a fetch begin.
   *
   * @returns what to give `leave` when it has ended: how often the circuit has opened
   * @throws NotAsked while it is open
   */
  enter(): number
  /** @param sentAt when the fetch was sent, by the monotonic clock; undefined for one that was not */
  leave(entered: number, outcome: Outcome, sentAt: number | undefined): void
  /** Finds out in the background whether the subgraph answers at all: a fetch has waited for nearly all of its time. */
  suspect(): void
  /** Whether it has opened since a fetch began. */
  hasOpenedSince(entered: number): boolean
  /** Stops probing for good. */
  stop(): void
}

export interface CircuitOptions {
  /** The subgraph's name. */
  subgraph: string
  settings: TransportSettings
  /** Asks the subgraph something, and resolves to whether it has answered. Never rejects. */
  probe(): Promise<boolean>
  log: Log
}

const probeEveryMilliseconds = 500

/**
 * One subgraph's circuit breaker (M. Nygard, Release It!, "Circuit Breaker"). It opens in two cases:
 *
 * - too many of the fetches of a while fail (BREAKER_FAILURE_PERCENT);
 * - a fetch gets no answer in its time, nothing else has been answered since it was sent, and neither is a probe. One slow
 *   query alone does not open it: others, or the probe, are answered.
 *
 * Open, it lets no fetch through, and probes in the background until one is answered. No client's request is ever used
 * to try. What began before the circuit opened counts for nothing.
 */
export function createCircuit({ subgraph, settings, probe, log }: CircuitOptions): Circuit {
  const rate = createFailureRate({
    percent: settings.BREAKER_FAILURE_PERCENT,
    minimum: settings.BREAKER_MIN_FETCHES,
    windowMilliseconds: settings.BREAKER_WINDOW_MS,
  })
  let phase: 'closed' | 'open' = 'closed'
  let openings = 0
  /** When the subgraph answered last, and when the last probe that it did not answer was sent. */
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
      'The circuit breaker has opened: the subgraph is not asked until a probe is answered',
    )
    timer = setInterval(() => void closeIfAnswered(), probeEveryMilliseconds).unref()
  }

  async function closeIfAnswered(): Promise<void> {
    if (!(await probeOnce()) || phase === 'closed') return
    phase = 'closed'
    clearInterval(timer)
    rate.forget()
    log.info({ service: subgraph }, 'The circuit breaker has closed: the subgraph answers again')
  }

  /** A fetch has had no answer. */
  async function openIfSilent(sentAt: number): Promise<void> {
    if (answeredAt > sentAt) return
    if (failedProbeAt > sentAt || !(await probeOnce())) open()
  }

  return {
    enter() {
      if (phase === 'open') throw new NotAsked('The circuit is open')
      return openings
    },
    leave(entered, outcome, sentAt) {
      if (sentAt === undefined) return
      const now = performance.now()
      if (outcome === 'answered') answeredAt = now
      if (entered !== openings || outcome === 'unknown') return
      if (outcome !== 'expired' && rate.note(outcome !== 'answered', now)) open()
      else if (outcome === 'timedOut' || outcome === 'expired') void openIfSilent(sentAt)
    },
    suspect() {
      if (phase === 'closed' && !isStopped) void probeOnce()
    },
    hasOpenedSince: (entered) => entered !== openings,
    stop() {
      isStopped = true
      clearInterval(timer)
    },
  }
}
