import { readDataConfig } from '../cli/dataConfig'
import { requestAllRebuilds } from '../cli/eventLog'
import { openImportTarget } from '../cli/import/target'
import { generateCommunity, type CommunitySize } from './generateCommunity'
import type { EntityIds } from './operations'

/** Fills the databases with a generated community, like an import. */
export async function fillDatabases(dataDir: string, size: CommunitySize): Promise<EntityIds> {
  const community = generateCommunity(size)
  const { writer, eventLog, close } = await openImportTarget(
    // The rebuilds have to be requested in the event log of the system.
    readDataConfig({ DATA_DIR: dataDir, EVENT_LOG_URL: process.env['EVENT_LOG_URL'] }),
    console.log,
  )
  try {
    await writeInBatches(community.users, writer.writeUsers)
    await writeInBatches(community.events, writer.writeEvents)
    await writeInBatches(community.posts, writer.writePosts)
    await writeInBatches(community.comments(), writer.writeComments)
    await requestAllRebuilds(eventLog)
  } finally {
    await close()
  }
  return { posts: community.posts.map(({ id }) => id), events: community.events.map(({ id }) => id) }
}

/** Writes items in batches of 1,000. */
export async function writeInBatches<Item>(
  items: Iterable<Item>,
  write: (batch: Item[]) => Promise<unknown>,
): Promise<void> {
  let batch: Item[] = []
  for (const item of items) {
    batch.push(item)
    if (batch.length < 1000) continue
    await write(batch)
    batch = []
  }
  if (batch.length > 0) await write(batch)
}
