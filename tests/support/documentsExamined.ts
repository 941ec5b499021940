import type { Connection, mongo } from 'mongoose'

/** The documents that the database has read. */
interface ExaminedCounts {
  documents: number
  /** Collection scans, because no index was used. */
  collectionScans: number
}

/**
 * Counts the documents that the database examines for `work`, by explaining each find and aggregate of the connection
 * afterwards. The work must only read.
 */
export async function countDocumentsExamined(
  connection: Connection,
  work: () => Promise<unknown>,
): Promise<ExaminedCounts> {
  const queries: Record<string, unknown>[] = []
  const client = connection.getClient()
  const recordQuery = ({ commandName, command }: mongo.CommandStartedEvent) => {
    if (commandName === 'find' || commandName === 'aggregate') queries.push(command)
  }
  client.on('commandStarted', recordQuery)
  try {
    await work()
  } finally {
    client.off('commandStarted', recordQuery)
  }
  const examined: ExaminedCounts = { documents: 0, collectionScans: 0 }
  for (const query of queries) {
    // Fields that the driver adds to every command are not allowed in explain.
    const explained = Object.fromEntries(
      Object.entries(query).filter(([name]) => !name.startsWith('$') && name !== 'lsid'),
    )
    addCounts(await connection.db?.command({ explain: explained, verbosity: 'executionStats' }), examined)
  }
  return examined
}

/** Adds the counts of a plan, whose structure differs between versions. */
function addCounts(plan: unknown, examined: ExaminedCounts): void {
  if (typeof plan !== 'object' || plan === null) return
  for (const [name, value] of Object.entries(plan)) {
    if (name === 'totalDocsExamined') examined.documents += Number(value)
    else if (name === 'collectionScans') examined.collectionScans += Number(value)
    else if (name === 'winningPlan')
      examined.collectionScans += JSON.stringify(value).includes('"COLLSCAN"') ? 1 : 0
    else addCounts(value, examined)
  }
}
