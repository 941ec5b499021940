import { subgraphs } from '../packages/platform/config/subgraphs'
import { requestRebuild } from '../packages/event-log/consumers/requestRebuild'
import type { EventLog } from '../packages/event-log/eventLog'
import { openEventLog } from '../packages/event-log/openEventLog'
import { createLog } from '../packages/platform/log'

/** Where a system's feed is: on a NATS server, or in a database on its MongoDB server. */
export interface EventLogLocation {
  /** EVENT_LOG_URL. */
  url: string | undefined
  /** EVENT_LOG_DATABASE. */
  database: string
}

/**
 * Opens the feed of a system that this program stands beside: what goes wrong it says itself, or throws.
 *
 * @throws StartError when the server does not answer
 */
export function openSystemEventLog(
  mongodbUri: string,
  { url, database }: EventLogLocation,
): Promise<EventLog> {
  return openEventLog({ url, mongodbUri, database, log: createLog('local', 'silent') })
}

/** After data have come past the feed: asks for the copies and counts that others have of any subgraph's to be made anew. */
export async function requestAllRebuilds(feed: EventLog): Promise<void> {
  for (const { name } of subgraphs) await requestRebuild(feed, name)
}
