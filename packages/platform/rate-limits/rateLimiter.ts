import { rateLimited, type DomainError, type ErrorLogDetails } from '../errors'

/**
 * A limit with a fixed name, as a token bucket: up to `points` at once, and all of them available again
 * `windowMs` after the bucket was empty, at a steady rate in between. In any period of `windowMs` at most twice
 * `points` are taken.
 */
export interface RateLimit {
  readonly name: string
  readonly points: number
  readonly windowMs: number
}

/** Points to take from the bucket of one key. */
export interface Charge {
  readonly limit: RateLimit
  /** Identifies the bucket within the limit, for example a viewer's ID or a network. */
  readonly key: string
  /** At most `limit.points`; 1 by default. */
  readonly points?: number
}

/** A rejected attempt: the limit with the longest wait among those that rejected it. */
export interface Refusal {
  readonly limit: RateLimit
  /** Milliseconds until the same attempt may succeed; more than 0. */
  readonly waitMs: number
}

/**
 * Counts attempts against limits. The algorithm is GCRA, a token bucket that stores one instant per key (ITU-T I.371,
 * annex A; https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm).
 */
export interface RateLimiter {
  /**
   * Takes the points of all charges and resolves to undefined, or takes none and resolves to the refusal.
   * Charges are checked in their order, so that a refusal by one limit never consumes those after it.
   */
  consumeAll(charges: readonly Charge[]): Promise<Refusal | undefined>

  /** Returns points that were taken before, for example because the attempt was legitimate. */
  refund(charges: readonly Charge[]): Promise<void>
}

/** A limiter that allows everything. */
export const unlimitedRateLimiter: RateLimiter = {
  consumeAll: () => Promise.resolve(undefined),
  refund: () => Promise.resolve(),
}

/** Returns after how many whole seconds a retry may succeed, for `retryAfter` and the header Retry-After. */
export const toRetryAfterSeconds = ({ waitMs }: Refusal): number => Math.max(1, Math.ceil(waitMs / 1000))

/** Creates the error for a refusal: RATE_LIMITED with `retryAfter` in whole seconds. */
function createRateLimitError(refusal: Refusal, logDetails: ErrorLogDetails | undefined): DomainError {
  const retryAfter = toRetryAfterSeconds(refusal)
  const unit = retryAfter === 1 ? 'second' : 'seconds'
  return rateLimited(`Too many attempts. Try again in ${retryAfter} ${unit}.`, retryAfter, {
    limit: refusal.limit.name,
    ...logDetails,
  })
}

/**
 * Takes the points of all charges.
 *
 * @param logDetails IDs of the subject of the attempt, for the log
 * @throws RATE_LIMITED when one of them is rejected; then none are taken
 */
export async function enforceRateLimit(
  limiter: RateLimiter,
  charges: readonly Charge[],
  logDetails?: ErrorLogDetails,
): Promise<void> {
  const refusal = await limiter.consumeAll(charges)
  if (refusal) throw createRateLimitError(refusal, logDetails)
}

/** Returns how long the points of a charge take to become available again, in whole milliseconds. */
export function computeCostMs({ limit, points = 1 }: Charge): number {
  if (!(points >= 0 && points <= limit.points)) {
    throw new RangeError(`The limit "${limit.name}" has ${limit.points} points, not ${points}.`)
  }
  // Rounded down, so that all points of the limit fit into its window.
  return Math.floor((points * limit.windowMs) / limit.points)
}

/** Returns the refusal of the longest wait; undefined when all charges are allowed. */
export function findLongestWait(waits: readonly Refusal[]): Refusal | undefined {
  const [first] = [...waits].sort((one, other) => other.waitMs - one.waitMs)
  return first && first.waitMs > 0 ? first : undefined
}

/**
 * Returns the milliseconds until a charge is allowed; 0 or less when it is allowed now.
 *
 * @param fullAtMs when the bucket is full again; any time in the past for a full bucket
 */
export function computeWaitMs(charge: Charge, fullAtMs: number, nowMs: number): number {
  return fullAtMs + computeCostMs(charge) - charge.limit.windowMs - nowMs
}
