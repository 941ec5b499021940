import { shareReads } from '../../platform'
import type { Log } from '../../platform/log'
import type { SubgraphState } from '../telemetry'
import { RequestRejectedError, type FetchOutcome } from './errors'
import { createFailureRate } from './failureRate'
import type { TransportSettings } from './settings'

/** Rejects requests to a subgraph that fails or does not respond. */
interface CircuitBreaker {
  /**
   * Admits a request.
   *
   * @returns the generation of the circuit, which counts its openings
   * @throws RequestRejectedError while the circuit is open
   */
  admitRequest(): number
  /**
   * Records how a request has ended. Requests of an earlier generation do not count.
   *
   * @param sentAtMs when it was sent, by the monotonic clock; undefined for a request that was not sent
   */
  recordOutcome(generation: number, outcome: FetchOutcome, sentAtMs: number | undefined): void
  /** Sends a probe while a request approaches its timeout. */
  probeInBackground(): void
  hasOpenedSince(generation: number): boolean
  readState(): Pick<SubgraphState, 'circuit' | 'openings'>
  /** Stops probing permanently. */
  stop(): void
}

interface CircuitBreakerOptions {
  /** The name of the subgraph. */
  subgraph: string
  settings: TransportSettings
  /** Sends a probe to the subgraph, and resolves to whether it has responded. Never rejects. */
  probe(): Promise<boolean>
  log: Log
}

const probeIntervalMs = 500

/**
 * Creates the circuit breaker of one subgraph (M. Nygard, Release It!, "Circuit Breaker"). It opens in two cases:
 *
 * - half of the requests of the last 10 s fail, and they are at least BREAKER_MIN_FETCHES;
 * - a request times out, the subgraph has responded to nothing else since it was sent, and does not respond to a probe
 *   either. One slow query alone does not open it.
 *
 * An open circuit admits no request, and probes in the background until the subgraph responds. Requests of clients are
 * never used to probe.
 */
export function createCircuitBreaker({
  subgraph,
  settings,
  probe,
  log,
}: CircuitBreakerOptions): CircuitBreaker {
  const failureRate = createFailureRate({
    thresholdPercent: 50,
    minCalls: settings.BREAKER_MIN_FETCHES,
    windowMs: 10_000,
  })
  let circuit: { phase: 'closed' } | { phase: 'open'; timer: NodeJS.Timeout } = { phase: 'closed' }
  let generation = 0
  let respondedAtMs = -Infinity
  /** When the last probe without a response was sent. */
  let failedProbeAtMs = -Infinity
  let isStopped = false

  const probeOnce = shareReads(sendProbe)

  async function sendProbe(): Promise<boolean> {
    const sentAtMs = performance.now()
    const hasResponded = await probe()
    if (hasResponded) respondedAtMs = performance.now()
    else failedProbeAtMs = sentAtMs
    return hasResponded
  }

  function open(): void {
    if (circuit.phase === 'open' || isStopped) return
    generation++
    log.error(
      { service: subgraph },
      'The circuit breaker has opened: no request is sent until the subgraph responds to a probe',
    )
    circuit = { phase: 'open', timer: setInterval(() => void closeIfResponding(), probeIntervalMs).unref() }
  }

  async function closeIfResponding(): Promise<void> {
    if (!(await probeOnce()) || circuit.phase === 'closed') return
    clearInterval(circuit.timer)
    circuit = { phase: 'closed' }
    failureRate.reset()
    log.info({ service: subgraph }, 'The circuit breaker has closed: the subgraph responds again')
  }

  /** Opens the circuit after a timeout unless the subgraph has responded to a later request or to a probe. */
  async function openIfUnresponsive(sentAtMs: number): Promise<void> {
    if (respondedAtMs > sentAtMs) return
    if (failedProbeAtMs > sentAtMs || !(await probeOnce())) open()
  }

  function readCircuit(): SubgraphState['circuit'] {
    if (circuit.phase === 'open') return 'open'
    if (failureRate.hasFailures(performance.now())) return 'failing'
    return respondedAtMs === -Infinity ? 'untried' : 'closed'
  }

  return {
    admitRequest() {
      if (circuit.phase === 'open') throw new RequestRejectedError('circuit_open', 'The circuit is open')
      return generation
    },
    recordOutcome(admittedIn, outcome, sentAtMs) {
      if (sentAtMs === undefined) return
      const nowMs = performance.now()
      if (outcome === 'responded') respondedAtMs = nowMs
      if (admittedIn !== generation || outcome === 'unknown') return
      if (outcome !== 'expired' && failureRate.record(outcome !== 'responded', nowMs)) open()
      else if (outcome === 'timedOut' || outcome === 'expired') void openIfUnresponsive(sentAtMs)
    },
    probeInBackground() {
      if (circuit.phase === 'closed' && !isStopped) void probeOnce()
    },
    hasOpenedSince: (admittedIn) => admittedIn !== generation,
    readState: () => ({ circuit: readCircuit(), openings: generation }),
    stop() {
      isStopped = true
      if (circuit.phase === 'open') clearInterval(circuit.timer)
    },
  }
}
