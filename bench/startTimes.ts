import { loadavg } from 'node:os'

import { fillDatabases } from './fillDatabases'
import type { CommunitySize } from './generateCommunity'
import { findMedian } from './quantiles'
import { startBenchSystem } from './system'

/** Times of starts until all parts are ready, in seconds. */
interface StartTimes {
  /** Into an empty folder. */
  empty: number
  /** The first one after an import, after which other subgraphs rebuild their projections. */
  afterImport: number
  /** The median of three later ones. */
  median: number
  /** The load average of the last minute, before these. */
  load: number
}

const startCount = 3

/** Times starts of a system without and with a generated community. */
export async function measureStarts(dataDir: string, port: number, size: CommunitySize): Promise<StartTimes> {
  const start = async () => {
    const system = await startBenchSystem(dataDir, port)
    await system.stop()
    return system.startupSeconds
  }
  const empty = await start()
  await fillDatabases(dataDir, size)
  const afterImport = await start()
  const [load = 0] = loadavg()
  const times: number[] = []
  for (let index = 0; index < startCount; index++) times.push(await start())
  return { empty, afterImport, median: findMedian(times), load }
}
