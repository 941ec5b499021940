import { compareResponses } from '../support/exactness/compareResponses'
import { startInProcess } from '../support/exactness/inProcess'
import { createPopulation, type Population } from '../support/exactness/population'
import { startProcesses } from '../support/exactness/processes'
import type { ExactnessSystem } from '../support/exactness/system'
import { isNatsInstalled, startNats } from '../support/nats'

const isFull = process.env['FULL'] === '1'
/** The steps of all runs together. */
const steps = Number(process.env['STEPS'] ?? (isFull ? 100_000 : 500))
const chosenSeed = process.env['SEED']

let system: ExactnessSystem
let population: Population
afterEach(async () => {
  await population.close()
  await system.close()
})

/** Runs the comparison, with a seed that the failure names. */
async function expectEqualResponses(seed: string, count: number, faultRate: number): Promise<void> {
  population = await createPopulation(system.uncachedUrl)
  const startedAt = performance.now()
  const { hits, queries, difference } = await compareResponses({
    ...{ system, population, faultRate },
    ...{ seed: chosenSeed ?? seed, steps: count },
  })
  const seconds = (performance.now() - startedAt) / 1000
  if (isFull)
    console.log(`Seed ${seed}: ${count} steps in ${seconds.toFixed(0)} s, ${hits} hits of ${queries} queries`)
  expect(difference).toBeUndefined()
  expect(hits).toBeGreaterThan(queries / 20)
}

const timeoutMs = isFull ? 8 * 3600_000 : 600_000
const seeds = isFull ? ['agora', 'forum', 'polis', 'stoa'] : ['agora']

it.each(seeds)(
  'responds to random operations of all kinds of viewers like a router without a cache, also after faults: seed %s',
  async (seed) => {
    system = await startInProcess()
    await expectEqualResponses(seed, (steps / seeds.length) * (isFull ? 0.8 : 1), 0.02)
  },
  timeoutMs,
)

const itIfFull = isFull ? it : it.skip

itIfFull(
  'responds like a router without a cache when processes of subgraphs are killed while they write',
  async () => {
    system = await startProcesses()
    await expectEqualResponses('killed', steps * 0.1, 0.02)
  },
  timeoutMs,
)

const itIfFullWithNats = isFull && isNatsInstalled ? it : it.skip

itIfFullWithNats(
  'responds like a router without a cache with the event log on NATS, also when processes are killed',
  async () => {
    const nats = await startNats()
    try {
      system = await startProcesses(nats.url)
      await expectEqualResponses('nats', steps * 0.1, 0.02)
    } finally {
      await nats.close()
    }
  },
  timeoutMs,
)
