import type { Connection, mongo } from 'mongoose'

/**
 * Returns the names of the fields of the documents that `work` reads, sorted; those of joined documents are under the
 * name of the join.
 */
export async function recordReadFields(
  connection: Connection,
  work: () => Promise<unknown>,
): Promise<string[]> {
  const fields = new Set<string>()
  const client = connection.getClient()
  const record = ({ reply }: mongo.CommandSucceededEvent) => {
    const { cursor } = reply as { cursor?: { firstBatch?: object[] } }
    for (const document of cursor?.firstBatch ?? [])
      for (const [name, value] of Object.entries(document)) {
        fields.add(name)
        if (name === 'child') for (const inner of Object.keys(value as object)) fields.add(`child.${inner}`)
      }
  }
  client.on('commandSucceeded', record)
  try {
    await work()
  } finally {
    client.off('commandSucceeded', record)
  }
  return [...fields].sort()
}
