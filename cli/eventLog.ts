import { subgraphs } from '../schema/subgraphs'
import { openEventLog, requestRebuild, type EventLog } from '../packages/event-log'
import { createLog } from '../packages/platform/log'

/** Where the event log of a system is stored: on a NATS server, or on its MongoDB server. */
export interface EventLogLocation {
  /** EVENT_LOG_URL. */
  url: string | undefined
  /** EVENT_LOG_DATABASE. */
  database: string
}

/**
 * Opens the event log of a system for a command-line tool, without a log.
 * @throws StartupError when a server cannot be reached
 */
export function openSystemEventLog(
  mongodbUri: string,
  { url, database }: EventLogLocation,
): Promise<EventLog> {
  return openEventLog({ url, mongodbUri, database, log: createLog('cli', 'silent') })
}

/** Requests a rebuild of all projections. Imports need it because they bypass the event log. */
export async function requestAllRebuilds(eventLog: EventLog): Promise<void> {
  for (const { name } of subgraphs) await requestRebuild(eventLog, name)
}
