import { circuitBreaker, CircuitState, handleWhen, type IHalfOpenAfterBackoffContext } from 'cockatiel'

import type { Log } from '../../subgraphs/shared/log'
import { createFailureRate } from './failureRate'
import { NotAsked, SubgraphFault } from './failures'
import type { TransportSettings } from './settings'

/** Keeps fetches away from a subgraph that fails. */
export interface Circuit {
  /** @throws NotAsked while it is open, and while one fetch tries whether the subgraph is back */
  execute<Result>(fetch: () => Promise<Result>): Promise<Result>
  /** How often it has opened. */
  openings(): number
}

/**
 * One subgraph's circuit breaker: cockatiel's, with three things put right. Other fetches do not wait for the one that
 * tries; that one, when it ends without having asked the subgraph or being answered, closes nothing, and the next one
 * may try at once; and failures are counted as {@link createFailureRate} says.
 */
export function createCircuit(subgraph: string, settings: TransportSettings, log: Log): Circuit {
  let opened = 0
  const breaker = circuitBreaker(
    handleWhen((error) => error instanceof SubgraphFault || breaker.state === CircuitState.HalfOpen),
    {
      breaker: createFailureRate({
        percent: settings.BREAKER_FAILURE_PERCENT,
        minimum: settings.BREAKER_MIN_FETCHES,
        windowMilliseconds: settings.BREAKER_WINDOW_MS,
      }),
      halfOpenAfter: { next: (context) => openFor(context, settings.BREAKER_OPEN_MS) },
    },
  )
  breaker.onBreak(() => {
    opened++
    log.error({ service: subgraph }, 'A subgraph fails too often: it is left alone for a while')
  })
  breaker.onReset(() => log.info({ service: subgraph }, 'A subgraph answers again'))

  return {
    execute(fetch) {
      if (breaker.state === CircuitState.HalfOpen)
        throw new NotAsked('The circuit is open, and one fetch tries')
      return breaker.execute(fetch)
    },
    openings: () => opened,
  }
}

function openFor({ result }: IHalfOpenAfterBackoffContext, milliseconds: number) {
  const isFault = 'error' in result && result.error instanceof SubgraphFault
  return {
    duration: isFault ? milliseconds : 0,
    next: (context: IHalfOpenAfterBackoffContext) => openFor(context, milliseconds),
  }
}
