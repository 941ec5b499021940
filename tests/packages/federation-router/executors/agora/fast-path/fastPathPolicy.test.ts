import { createFastPathPolicy } from '../../../../../../packages/federation-router/executors/agora/fast-path/fastPathPolicy'

/** Which of so many executions are tried, when those that are come to this. */
function tries(executions: number, first: number, hasFitted: (execution: number) => boolean): number[] {
  const patience = createFastPathPolicy(first)
  return Array.from({ length: executions }, (_, index) => index).filter((index) => {
    const isTried = patience.shouldTry()
    if (isTried) patience.recordOutcome(hasFitted(index))
    return isTried
  })
}

it('waits for as many executions as it is told, and then for none while answers fit', () => {
  expect(tries(5, 2, () => true)).toEqual([2, 3, 4])
})

it('waits twice as long after each try that was in vain, and not at all again after one that was not', () => {
  expect(tries(18, 0, (execution) => execution === 10)).toEqual([0, 2, 5, 10, 11, 13, 16])
})

it('never waits for more than a thousand', () => {
  const tried = tries(10_000, 0, () => false)
  expect((tried.at(-1) ?? 0) - (tried.at(-2) ?? 0)).toBe(1_001)
})

it('may never try', () => {
  expect(tries(100, Infinity, () => true)).toEqual([])
})
