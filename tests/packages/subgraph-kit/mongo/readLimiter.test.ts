import { createReadLimiter } from '../../../../packages/subgraph-kit/mongo/readLimiter'
import {
  currentScope,
  runInScope,
  type RequestScope,
} from '../../../../packages/platform/request/requestScope'

const newScope = (): RequestScope => ({ deadline: Infinity, signal: new AbortController().signal })

/** Creates a read that ends when it is released. */
function heldRead() {
  let end: () => void = () => undefined
  const ended = new Promise<void>((resolve) => (end = resolve))
  let startedCount = 0
  return { read: () => (startedCount++, ended), startedCount: () => startedCount, end: () => end() }
}

it('limits the concurrency of reads, and runs the others in their order', async () => {
  const { limitRead: limited } = createReadLimiter({ concurrency: 2, queueLength: 5 })
  const reads = [heldRead(), heldRead(), heldRead()]
  const results = reads.map(({ read }) => limited(read))
  expect(reads.map(({ startedCount }) => startedCount())).toEqual([1, 1, 0])
  reads[1]?.end()
  await results[1]
  await Promise.resolve()
  expect(reads.map(({ startedCount }) => startedCount())).toEqual([1, 1, 1])
  for (const { end } of reads) end()
  await Promise.all(results)
})

it('rejects a read when the queue is full', async () => {
  const { limitRead: limited } = createReadLimiter({ concurrency: 1, queueLength: 1 })
  const held = heldRead()
  const results = [limited(held.read), limited(held.read)]
  await expect(limited(held.read)).rejects.toMatchObject({
    code: 'RATE_LIMITED',
    details: { retryAfter: 1 },
  })
  held.end()
  await Promise.all(results)
})

it('runs one read of a request at a time, so that other requests can run theirs', async () => {
  const { limitRead: limited } = createReadLimiter({ concurrency: 2, queueLength: 0 })
  const [greedy, modest] = [heldRead(), heldRead()]
  const many = runInScope(newScope(), () => Array.from({ length: 100 }, () => limited(greedy.read)))
  const one = runInScope(newScope(), () => limited(modest.read))
  await new Promise(setImmediate)
  expect([greedy.startedCount(), modest.startedCount()]).toEqual([1, 1])
  modest.end()
  await one
  greedy.end()
  await Promise.all(many)
  expect(greedy.startedCount()).toBe(100)
})

it('runs each read in the scope of its own request', async () => {
  const { limitRead: limited } = createReadLimiter({ concurrency: 1, queueLength: 5 })
  const scopes = [newScope(), newScope()]
  const read = async () => currentScope()
  const found = await Promise.all(scopes.map((scope) => runInScope(scope, () => limited(read))))
  expect(found.map((scope, index) => scope === scopes[index])).toEqual([true, true])
})
