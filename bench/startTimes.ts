import { loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { subgraphs } from '../schema/subgraphs'
import { fillDatabases } from './fillDatabases'
import type { CommunitySize } from './generateCommunity'
import { findMedian } from './quantiles'
import { startBenchSystem } from './system'

/** Times of starts until all parts are ready, in seconds. Those but the first are medians of three. */
interface StartTimes {
  /** The first one, into an empty folder. */
  first: number
  empty: number
  /** With a generated community, whose projections have been built. */
  filled: number
  /** The load average of the last minute, before the medians. */
  load: number
}

const rounds = 3

/** Times starts of a system without and with a generated community, in turn. */
export async function measureStarts(dataDir: string, port: number, size: CommunitySize): Promise<StartTimes> {
  const folders = { empty: join(dataDir, 'empty'), filled: join(dataDir, 'filled') }
  const start = async (folder: keyof typeof folders, whenUp = async () => {}) => {
    const system = await startBenchSystem(folders[folder], port)
    await whenUp().finally(system.stop)
    return system.startupSeconds
  }
  const first = await start('empty')
  await fillDatabases(folders.filled, size)
  await start('filled', () => waitUntilBuilt(port))
  const [load = 0] = loadavg()
  const times = { empty: [] as number[], filled: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    times.empty.push(await start('empty'))
    times.filled.push(await start('filled'))
  }
  return { first, empty: findMedian(times.empty), filled: findMedian(times.filled), load }
}

const consumerState = /^event_log_consumer_state\{.*state="current".*\} (\d)$/gm

/** Waits until the consumers of all subgraphs have built their projections. */
async function waitUntilBuilt(port: number): Promise<void> {
  for (const { portOffset } of subgraphs) {
    for (;;) {
      const response = await fetch(`http://127.0.0.1:${port + portOffset}/metrics`)
      const states = [...(await response.text()).matchAll(consumerState)].map(([, isCurrent]) => isCurrent)
      if (states.length > 0 && states.every((isCurrent) => isCurrent === '1')) break
      await setTimeout(500)
    }
  }
}
