import type { InputValidator } from '../../../../packages/subgraph-kit/input'

/** Suspends an account: it cannot write, but can sign in and read. */
export interface Suspension {
  since: Date
  /** Null without an end. */
  until: Date | null
  reason: string | null
}

/** The part of an account that a suspension concerns. It may be over: it is not removed when it ends. */
interface Suspendable {
  suspension?: Suspension
}

/** Returns the suspension of an account; null when there is none, or it is over. */
export function findSuspension({ suspension }: Suspendable, now: Date): Suspension | null {
  const isOver = !suspension || (suspension.until !== null && suspension.until <= now)
  return isOver ? null : suspension
}

/** Returns when the suspension of an account ends, in milliseconds: Infinity without an end, undefined without a suspension. */
export function findSuspensionEnd(account: Suspendable, now: Date): number | undefined {
  const suspension = findSuspension(account, now)
  return suspension ? (suspension.until?.getTime() ?? Infinity) : undefined
}

/** The maximum length of a moderator's reason, in code points. */
export const reasonMaxLength = 500

/** Reads the input of a suspension: an end in the future, if any, and a reason. */
export function readSuspension(
  check: InputValidator,
  { until = null, reason }: { until?: Date | null; reason: string },
  now: Date,
): Suspension {
  if (until !== null && until <= now) check.addError('INVALID', 'until', 'Must be in the future.')
  return { since: now, until, reason: check.readText('reason', reason, { max: reasonMaxLength }) }
}
