import type { Connection, mongo } from 'mongoose'
import { AsyncLocalStorage } from 'node:async_hooks'

import { isWorkOfRequest } from './subgraph'

/** The documents that the database has read. */
interface ExaminedCounts {
  documents: number
  /** Collection scans, because no index was used. */
  collectionScans: number
}

/**
 * Counts the documents that the database examines for `work`, by explaining each find and aggregate of the work and of
 * its requests afterwards. The work must only read.
 */
export async function countDocumentsExamined(
  connection: Connection,
  work: () => Promise<unknown>,
): Promise<ExaminedCounts> {
  const { totalDocsExamined, collectionScans } = await explainWork(connection, work)
  return { documents: totalDocsExamined, collectionScans }
}

/** Counts the index keys that the database examines for `work`, in the same way. */
export async function countKeysExamined(
  connection: Connection,
  work: () => Promise<unknown>,
): Promise<number> {
  return (await explainWork(connection, work)).totalKeysExamined
}

/** Counts both in the same way, and returns the larger number. */
export async function countExamined(connection: Connection, work: () => Promise<unknown>): Promise<number> {
  const { totalDocsExamined, totalKeysExamined } = await explainWork(connection, work)
  return Math.max(totalDocsExamined, totalKeysExamined)
}

/** Distinguishes the work from the background work of the process. */
const observedWork = new AsyncLocalStorage<true>()

const createTotals = () => ({ totalDocsExamined: 0, totalKeysExamined: 0, collectionScans: 0 })
type Totals = ReturnType<typeof createTotals>

async function explainWork(connection: Connection, work: () => Promise<unknown>): Promise<Totals> {
  const queries: Record<string, unknown>[] = []
  const client = connection.getClient()
  const recordQuery = ({ commandName, command }: mongo.CommandStartedEvent) => {
    const isBackground = !isWorkOfRequest() && !observedWork.getStore()
    if (!isBackground && (commandName === 'find' || commandName === 'aggregate')) queries.push(command)
  }
  client.on('commandStarted', recordQuery)
  try {
    await observedWork.run(true, work)
  } finally {
    client.off('commandStarted', recordQuery)
  }
  const totals = createTotals()
  for (const query of queries) {
    // Fields that the driver adds to every command are not allowed in explain.
    const explained = Object.fromEntries(
      Object.entries(query).filter(([name]) => !name.startsWith('$') && name !== 'lsid'),
    )
    addCounts(await connection.db?.command({ explain: explained, verbosity: 'executionStats' }), totals)
  }
  return totals
}

/** Adds the counts of a plan, whose structure differs between versions. */
function addCounts(plan: unknown, totals: Totals): void {
  if (typeof plan !== 'object' || plan === null) return
  for (const [name, value] of Object.entries(plan)) {
    if (name === 'totalDocsExamined' || name === 'totalKeysExamined' || name === 'collectionScans')
      totals[name] += Number(value)
    else if (name === 'winningPlan')
      totals.collectionScans += JSON.stringify(value).includes('"COLLSCAN"') ? 1 : 0
    else addCounts(value, totals)
  }
}
