import {
  computeWorkerShare,
  createSlotCounter,
  type SlotCounter,
} from '../../../../packages/federation-router/budgets/slotCounter'
import { createSlotLedger, type SlotLedger } from '../../../../router/workers/slotLedger'

const connect = (ledger: SlotLedger, worker: number, workers: number) => {
  ledger.addWorker(worker)
  return {
    workers,
    acquireSlot: (slot: { pool: string; key: string }, max: number) =>
      Promise.resolve(ledger.acquire(worker, slot, max)),
    releaseSlot: (slot: { pool: string; key: string }) => ledger.release(worker, slot),
    reportPlanning: () => undefined,
    onPlanning: () => undefined,
  }
}

function createWorkers(max: number, workers: number, share?: number) {
  const ledger = createSlotLedger()
  const create = (worker: number): SlotCounter =>
    createSlotCounter({
      name: 'requests',
      max,
      ...(share !== undefined && { share }),
      shared: connect(ledger, worker, workers),
    })
  const counters = Array.from({ length: workers }, (_, worker) => create(worker))
  return { ledger, create, counters }
}

async function acquireMany(counters: readonly SlotCounter[], attempts: number): Promise<number> {
  let acquired = 0
  for (let n = 0; n < attempts; n++) if (await counters[n % counters.length]?.acquire('ann')) acquired++
  return acquired
}

it.each([
  { max: 100, workers: 2 },
  { max: 25, workers: 2 },
  { max: 25, workers: 16 },
  { max: 3, workers: 8 },
  { max: 1, workers: 2 },
])('admits exactly $max slots of a key that is spread over $workers workers', async ({ max, workers }) => {
  const { counters, ledger } = createWorkers(max, workers)
  expect(await acquireMany(counters, 2 * max + workers)).toBe(max)
  expect(await counters[0]?.acquire('bob')).toBe(true)
  counters[0]?.release('bob')
  for (let n = 0; n < max; n++) counters[n % workers]?.release('ann')
  expect([ledger.size, ...counters.map(({ size }) => size)]).toEqual([0, ...counters.map(() => 0)])
})

it('admits all slots but the shares of the others when one worker has all of them', async () => {
  const { counters } = createWorkers(100, 4)
  expect(await acquireMany(counters.slice(0, 1), 200)).toBe(100 - 3 * computeWorkerShare(100, 4))
})

it('admits the exact number on one worker when no worker has slots of its own', async () => {
  const { counters } = createWorkers(100, 4, 0)
  expect(await acquireMany(counters.slice(0, 1), 200)).toBe(100)
})

it('decides about the share of a worker at once', () => {
  const { counters } = createWorkers(100, 2)
  const decisions = Array.from({ length: 26 }, () => counters[0]?.acquire('ann'))
  expect(decisions.slice(0, 25)).toEqual(Array.from({ length: 25 }, () => true))
  expect(decisions[25]).toBeInstanceOf(Promise)
})

it('gives slots back to the other workers before its own are free', async () => {
  const { counters } = createWorkers(8, 2)
  const [first, second] = [counters.slice(0, 1), counters.slice(1)]
  expect(await acquireMany(first, 8)).toBe(6)
  expect(await acquireMany(second, 8)).toBe(2)
  for (let n = 0; n < 4; n++) first[0]?.release('ann')
  expect(await acquireMany(second, 8)).toBe(4)
})

it('frees the slots of a worker that has ended, and ignores its last messages', async () => {
  const { counters, create, ledger } = createWorkers(8, 2)
  expect(await acquireMany(counters, 9)).toBe(8)
  ledger.removeWorker(0)
  counters[0]?.release('ann')
  expect(ledger.acquire(0, { pool: 'requests', key: 'ann' }, 4)).toBe(false)
  const restarted = create(2)
  expect(await acquireMany([restarted], 8)).toBe(4)
  expect(await acquireMany(counters.slice(1), 8)).toBe(0)
})

it('never admits more than the maximum when slots are acquired and released at random', async () => {
  const workers = 3
  const max = 10
  const { counters, ledger } = createWorkers(max, workers)
  let seed = 1
  const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below
  const held: number[] = []
  for (let step = 0; step < 5_000; step++) {
    const index = random(held.length + 1)
    const worker = held[index]
    if (worker !== undefined && random(2) === 0) {
      held.splice(index, 1)
      counters[worker]?.release('ann')
    } else {
      const chosen = random(workers)
      if (await counters[chosen]?.acquire('ann')) held.push(chosen)
    }
    expect(held.length).toBeLessThanOrEqual(max)
  }
  for (const worker of held) counters[worker]?.release('ann')
  expect(ledger.size).toBe(0)
})
