import type { Log } from '../../subgraphs/shared/log'
import { createFailureRate } from './failureRate'
import { NotAsked } from './failures'
import type { TransportSettings } from './settings'

/** What became of a fetch: `unknown` where nobody has seen whether the subgraph is well. */
export type Outcome = 'answered' | 'failed' | 'unknown'

/** Keeps fetches away from a subgraph that fails. */
export interface Circuit {
  /**
   * Lets a fetch begin.
   *
   * @returns what to give `leave` when it has ended: how often the circuit has opened
   * @throws NotAsked while it is open, and while one fetch tries whether the subgraph is back
   */
  enter(): number
  leave(entered: number, outcome: Outcome): void
  /** Whether it has opened since a fetch began. */
  hasOpenedSince(entered: number): boolean
}

/**
 * One subgraph's circuit breaker (M. Nygard, Release It!, "Circuit Breaker"). Closed, it counts failures; open, it lets
 * nothing through; after a while one fetch tries, and no other waits for it. A try that ends without having seen
 * whether the subgraph is well is followed by the next one at once. What began before the circuit opened counts for
 * nothing. (cockatiel's breaker has other fetches wait for the try, and closes when that was given up; its
 * SamplingBreaker counts what happened before a quiet time as if it were new.)
 */
export function createCircuit(subgraph: string, settings: TransportSettings, log: Log): Circuit {
  const rate = createFailureRate({
    percent: settings.BREAKER_FAILURE_PERCENT,
    minimum: settings.BREAKER_MIN_FETCHES,
    windowMilliseconds: settings.BREAKER_WINDOW_MS,
  })
  let phase: 'closed' | 'open' | 'trying' = 'closed'
  let openings = 0
  let openUntil = 0

  function open(): void {
    phase = 'open'
    openings++
    openUntil = Date.now() + settings.BREAKER_OPEN_MS
    log.error({ service: subgraph }, 'A subgraph fails too often: it is left alone for a while')
  }

  function close(): void {
    phase = 'closed'
    rate.forget()
    log.info({ service: subgraph }, 'A subgraph answers again')
  }

  function endTry(outcome: Outcome): void {
    if (outcome === 'answered') close()
    else if (outcome === 'failed') open()
    else phase = 'open'
  }

  return {
    enter() {
      if (phase === 'closed') return openings
      if (phase === 'trying') throw new NotAsked('The circuit is open, and one fetch tries')
      if (Date.now() < openUntil) throw new NotAsked('The circuit is open')
      phase = 'trying'
      return openings
    },
    leave(entered, outcome) {
      if (entered !== openings) return
      if (phase === 'trying') endTry(outcome)
      else if (outcome !== 'unknown' && rate.note(outcome === 'failed')) open()
    },
    hasOpenedSince: (entered) => entered !== openings,
  }
}
