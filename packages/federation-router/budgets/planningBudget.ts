import type { Log } from '../../platform/log'
import { createMemoryRateLimiter, toRetryAfterSeconds, type Charge, type RateLimit } from '../../platform'
import type { ViewerClaims } from '../../auth/tokens'
import { computeViewerShare, type BudgetSlot } from './concurrencyBudget'
import type { ClientKeyLookup } from './clientKey'
import { RateLimitedError } from './rateLimitedError'
import type { PlanningCharge, SharedBudgets } from './sharedBudgets'

/** A request whose planning time is charged. */
export interface PlanningClient {
  /** The slot of the request in its client's budget. */
  slot: Pick<BudgetSlot, 'address'>
  viewer: Pick<ViewerClaims, 'viewer'> | undefined
  /** Whether its document is new and its client had time left for it. */
  isAdmitted?: boolean
}

/**
 * Bounds the time of this thread for a client's new documents: parsing, validation, planning and compilation. Time is
 * charged afterwards, since it is not known before; while a client has none left, its new documents are refused before
 * they are parsed, and its new operations before they are planned.
 */
export interface PlanningBudget {
  /**
   * Admits a request with a new document. Waits for a turn of the event loop that no other new document shares, so that
   * the time of the previous ones has been charged.
   *
   * @throws RATE_LIMITED when the client or its viewer has no time left
   */
  admit(client: PlanningClient): Promise<void>
  /**
   * Runs synchronous work and charges its time.
   *
   * @throws RATE_LIMITED, before the work, when there is no time left, unless the request was admitted
   */
  runCharged<Result>(client: PlanningClient, work: () => Result): Result
  /** Charges time that was spent, in milliseconds. */
  charge(client: PlanningClient, milliseconds: number): void
}

interface PlanningBudgetOptions {
  /** The limit of a client in milliseconds within 10 s; that of a viewer is a quarter of it. */
  maxMs: number
  /** The other workers of the router, whose planning time counts, too. */
  shared?: SharedBudgets | undefined
  getClientKey: ClientKeyLookup
  /** Called for each refusal, with the limit that was exceeded. */
  onRefusal?(scope: 'client' | 'viewer'): void
  log: Log
}

const windowMs = 10_000

/**
 * Creates a budget of this process and its fellow workers: several routers do not share it. Workers report time that
 * was spent, so that they may together exceed the limit by the documents that they are planning at the same time.
 */
export function createPlanningBudget({
  maxMs,
  shared,
  getClientKey,
  onRefusal,
  log,
}: PlanningBudgetOptions): PlanningBudget {
  const clientLimit: RateLimit = { name: 'planning of a client', points: maxMs, windowMs }
  const viewerLimit: RateLimit = { name: 'planning of a viewer', points: computeViewerShare(maxMs), windowMs }
  const limiter = createMemoryRateLimiter()
  const waitForTurn = createTurns()

  function chargesFor({ slot, viewer: identified }: PlanningClient, points: number): Charge[] {
    const client = getClientKey(slot.address)
    if (client === undefined) return []
    const charges = [{ limit: clientLimit, key: client, points }]
    if (identified?.viewer.kind === 'signedIn')
      charges.push({ limit: viewerLimit, key: identified.viewer.id, points })
    return charges
  }

  function requireTime(client: PlanningClient): void {
    const refusal = limiter.check(chargesFor(client, 0))
    if (!refusal) return
    onRefusal?.(refusal.limit === viewerLimit ? 'viewer' : 'client')
    const retryAfter = toRetryAfterSeconds(refusal)
    log.info({ client: getClientKey(client.slot.address), budget: 'planning' }, 'A client exceeds its budget')
    throw new RateLimitedError(
      `This client has sent too many new operations. Try again in ${retryAfter} s.`,
      retryAfter,
    )
  }

  function charge(client: PlanningClient, milliseconds: number): void {
    const charges = chargesFor(client, milliseconds)
    limiter.debit(charges)
    if (charges.length > 0) shared?.reportPlanning(charges.map(toPlanningCharge))
  }

  const toPlanningCharge = ({ limit, key, points: milliseconds = 0 }: Charge): PlanningCharge => ({
    scope: limit === viewerLimit ? 'viewer' : 'client',
    key,
    milliseconds,
  })

  shared?.onPlanning((charges) =>
    limiter.debit(
      charges.map(({ scope, key, milliseconds: points }) => ({
        limit: scope === 'viewer' ? viewerLimit : clientLimit,
        key,
        points,
      })),
    ),
  )

  return {
    async admit(client) {
      await waitForTurn()
      requireTime(client)
      client.isAdmitted = true
    },
    runCharged(client, work) {
      if (!client.isAdmitted) requireTime(client)
      const readTimer = startTimer()
      try {
        return work()
      } finally {
        charge(client, readTimer())
      }
    },
    charge,
  }
}

/**
 * Starts to measure synchronous work in milliseconds. The elapsed time contains that of other processes, the CPU time of
 * this process that of V8's helper threads: the smaller one is the better upper bound.
 */
function startTimer(): () => number {
  const startMs = performance.now()
  const startCpu = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(startCpu)
    return Math.min(performance.now() - startMs, (user + system) / 1000)
  }
}

/** Creates a function that resumes its callers one after the other, each in its own turn of the event loop. */
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
