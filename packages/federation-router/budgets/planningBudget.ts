import type { ApolloServerPlugin } from '@apollo/server'

import type { Log } from '../../platform/log'
import { createMemoryRateLimiter } from '../../platform/rate-limits/memoryRateLimiter'
import { toRetryAfterSeconds, type Charge, type RateLimit } from '../../platform/rate-limits/rateLimiter'
import type { OperationServer } from '../../platform/http/graphqlRoute'
import type { RouterContext } from '../request/context'
import type { ValidDocuments } from '../validation/documentStore'
import { isObject } from '../../platform/json'
import { computeViewerShare } from './concurrencyBudget'
import type { ClientKeyLookup } from './clientKey'
import { RateLimitedError } from './rateLimitedError'

/** The client whose time is spent. Requests without a slot are the router's own. */
export type PlanningClient = Pick<RouterContext, 'slot' | 'viewer' | 'isAdmitted'>

/**
 * Bounds the time of this thread for a client's new documents: parsing, validation, planning and compilation. It is
 * charged afterwards, since it is not known before; while a client has none left, its new documents are refused before
 * they are parsed, and its new operations before they are planned.
 */
export interface PlanningBudget {
  /**
   * Waits for a turn of the event loop that no other new document shares: the time of those before it is charged by
   * then.
   *
   * @throws RATE_LIMITED when the client or its viewer has no time left
   */
  admit(client: PlanningClient): Promise<void>
  /**
   * Does synchronous work, and charges its time.
   *
   * @throws RATE_LIMITED when there is none left, before it is done, unless the client was admitted for it
   */
  runCharged<Result>(client: PlanningClient, work: () => Result): Result
  /** @throws RATE_LIMITED when there is no time left, unless the client was admitted */
  requireRemaining(client: PlanningClient): void
  /** Charges time that was spent, in milliseconds. */
  charge(client: PlanningClient, milliseconds: number): void
  /** Charges the time that Apollo Server takes to parse and validate. */
  plugin: ApolloServerPlugin<RouterContext>
}

export interface PlanningBudgetOptions {
  /** For one client, in milliseconds within 10 s; a viewer may spend a quarter of it. */
  maxMs: number
  clientOf: ClientKeyLookup
  log: Log
}

const windowMs = 10_000

/** Creates a budget that counts in this process alone. */
export function createPlanningBudget({ maxMs, clientOf, log }: PlanningBudgetOptions): PlanningBudget {
  const ofClient: RateLimit = { name: 'planning of a client', points: maxMs, windowMs }
  const ofViewer: RateLimit = { name: 'planning of a viewer', points: computeViewerShare(maxMs), windowMs }
  const limiter = createMemoryRateLimiter()
  const waitForTurn = createTurns()

  function chargesFor({ slot, viewer: identified }: PlanningClient, points: number): Charge[] {
    const client = slot && clientOf(slot.address)
    if (client === undefined) return []
    const charges = [{ limit: ofClient, key: client, points }]
    if (identified?.viewer.kind === 'signedIn')
      charges.push({ limit: ofViewer, key: identified.viewer.id, points })
    return charges
  }

  function requireTime(client: PlanningClient): void {
    if (!client.isAdmitted) refuseWithoutTime(client)
  }

  function refuseWithoutTime(client: PlanningClient): void {
    const refusal = limiter.check(chargesFor(client, 0))
    if (!refusal) return
    const retryAfter = toRetryAfterSeconds(refusal)
    log.info(
      { client: client.slot && clientOf(client.slot.address), budget: 'planning' },
      'A client exceeds its budget',
    )
    throw new RateLimitedError(
      `This client has sent too many new operations. Try again in ${retryAfter} s.`,
      retryAfter,
    )
  }

  const charge = (client: PlanningClient, milliseconds: number) =>
    limiter.debit(chargesFor(client, milliseconds))

  function start(client: PlanningClient): () => void {
    const timer = startTimer()
    return () => charge(client, timer())
  }

  const charged = (client: PlanningClient) => async () => {
    const end = start(client)
    return async () => end()
  }

  return {
    async admit(client) {
      await waitForTurn()
      refuseWithoutTime(client)
      client.isAdmitted = true
    },
    runCharged(client, work) {
      requireTime(client)
      const end = start(client)
      try {
        return work()
      } finally {
        end()
      }
    },
    requireRemaining: requireTime,
    charge,
    plugin: {
      async requestDidStart({ contextValue }) {
        return { parsingDidStart: charged(contextValue), validationDidStart: charged(contextValue) }
      },
    },
  }
}

/** Wraps an operation server: a request with a new document is executed only when the client's budget admits it. */
export function limitDocumentPlanning(
  server: OperationServer<RouterContext>,
  documents: ValidDocuments,
  budget: PlanningBudget,
): OperationServer<RouterContext> {
  return {
    executeHTTPGraphQLRequest({ httpGraphQLRequest, context }) {
      const { body, search } = httpGraphQLRequest
      const query = isObject(body) ? body['query'] : new URLSearchParams(search).get('query')
      const isKnown = typeof query === 'string' && documents.hasSource(query)
      const createAdmittedContext = async () => {
        const created = await context()
        await budget.admit(created)
        return created
      }
      return server.executeHTTPGraphQLRequest({
        httpGraphQLRequest,
        context: isKnown ? context : createAdmittedContext,
      })
    },
  }
}

/**
 * Measures synchronous work in milliseconds. On a busy machine the time that passes is several times what this thread
 * worked; the CPU time of the process also contains that of V8's helper threads. Both are upper bounds.
 */
function startTimer(): () => number {
  const startMs = performance.now()
  const startCpu = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(startCpu)
    return Math.min(performance.now() - startMs, (user + system) / 1000)
  }
}

/** Resumes callers one after the other, each in its own turn of the event loop. */
function createTurns(): () => Promise<void> {
  const waiting: (() => void)[] = []
  const next = () => {
    waiting.shift()?.()
    if (waiting.length > 0) setImmediate(next)
  }
  return () =>
    new Promise((resolve) => {
      if (waiting.push(resolve) === 1) setImmediate(next)
    })
}
