import { createFastPathPolicy } from '../../../../../../packages/federation-router/executors/agora/fast-path/fastPathPolicy'

/** Returns which of the executions try the fast path, if the responses fit as given. */
function tries(
  executions: number,
  standardExecutions: number,
  fits: (execution: number) => boolean,
): number[] {
  const policy = createFastPathPolicy(standardExecutions)
  return Array.from({ length: executions }, (_, index) => index).filter((index) => {
    const isTried = policy.shouldTry()
    if (isTried) policy.recordOutcome(fits(index))
    return isTried
  })
}

it('tries every execution after the given number, while responses fit', () => {
  expect(tries(5, 2, () => true)).toEqual([2, 3, 4])
})

it('doubles the pause after each try that does not fit, and resets it after one that does', () => {
  expect(tries(18, 0, (execution) => execution === 10)).toEqual([0, 2, 5, 10, 11, 13, 16])
})

it('limits the pause to 1,000 executions', () => {
  const tried = tries(10_000, 0, () => false)
  expect((tried.at(-1) ?? 0) - (tried.at(-2) ?? 0)).toBe(1_001)
})

it('never tries if the number of standard executions is infinite', () => {
  expect(tries(100, Infinity, () => true)).toEqual([])
})
