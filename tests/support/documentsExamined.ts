import type { Connection, mongo } from 'mongoose'

/** What the queries of some work made the database read. */
export interface ExaminedCounts {
  documents: number
  /** Whole collections that were walked because no index answered. */
  collectionScans: number
}

/**
 * How much the database reads for what `work` asks of it: every find and aggregate that the connection sends
 * meanwhile is explained afterwards. For work that only reads.
 */
export async function countDocumentsExamined(
  connection: Connection,
  work: () => Promise<unknown>,
): Promise<ExaminedCounts> {
  const queries: Record<string, unknown>[] = []
  const client = connection.getClient()
  const note = ({ commandName, command }: mongo.CommandStartedEvent) => {
    if (commandName === 'find' || commandName === 'aggregate') queries.push(command)
  }
  client.on('commandStarted', note)
  try {
    await work()
  } finally {
    client.off('commandStarted', note)
  }
  const examined: ExaminedCounts = { documents: 0, collectionScans: 0 }
  for (const query of queries) {
    // What the driver adds to every command cannot stand in one that is explained.
    const explained = Object.fromEntries(
      Object.entries(query).filter(([name]) => !name.startsWith('$') && name !== 'lsid'),
    )
    add(await connection.db?.command({ explain: explained, verbosity: 'executionStats' }), examined)
  }
  return examined
}

/** A plan is a tree whose shape differs between versions; the counts' names do not. */
function add(plan: unknown, examined: ExaminedCounts): void {
  if (typeof plan !== 'object' || plan === null) return
  for (const [name, value] of Object.entries(plan)) {
    if (name === 'totalDocsExamined') examined.documents += Number(value)
    else if (name === 'collectionScans') examined.collectionScans += Number(value)
    else if (name === 'winningPlan')
      examined.collectionScans += JSON.stringify(value).includes('"COLLSCAN"') ? 1 : 0
    else add(value, examined)
  }
}
