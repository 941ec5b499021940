import { subgraphs } from '../schema/subgraphs'
import { askForRebuild } from '../subgraphs/shared/feed/askForRebuild'
import type { Feed } from '../subgraphs/shared/feed/feed'
import { openFeed } from '../subgraphs/shared/feed/openFeed'
import { createLog } from '../subgraphs/shared/log'

/** Where a system's feed is: on a NATS server, or in a database on its MongoDB server. */
export interface FeedPlace {
  /** FEED_URL. */
  url: string | undefined
  /** FEED_DATABASE. */
  database: string
}

/**
 * Opens the feed of a system that this program stands beside: what goes wrong it says itself, or throws.
 *
 * @throws StartError when the server does not answer
 */
export function openSystemFeed(mongodbUri: string, { url, database }: FeedPlace): Promise<Feed> {
  return openFeed({ url, mongodbUri, database, log: createLog('local', 'silent') })
}

/** After data have come past the feed: asks for the copies and counts that others have of any subgraph's to be made anew. */
export async function askForAllRebuilds(feed: Feed): Promise<void> {
  for (const { name } of subgraphs) await askForRebuild(feed, name)
}
