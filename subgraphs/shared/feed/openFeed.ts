import type { Log } from '../log'
import { openCappedFeed } from './capped/cappedFeed'
import type { Feed } from './feed'
import { openNatsFeed } from './nats/natsFeed'

export interface FeedOptions {
  /** A NATS server with JetStream, `nats://host:4222`; without it the feed is on the MongoDB server. */
  url?: string | undefined
  mongodbUri: string
  /** The feed's own database on it, or what begins the names of its streams; `agora_feed` unless told. */
  database?: string
  /** How much of the past a topic keeps, in bytes; 64 MiB unless told, which is some 200,000 events. */
  bytes?: number
  log: Log
}

/**
 * Opens the feed. Whoever opens it closes it.
 *
 * @throws StartError when the server does not answer
 */
export async function openFeed(options: FeedOptions): Promise<Feed> {
  const { url, mongodbUri, database = 'agora_feed', bytes = 64 * 1024 * 1024, log } = options
  if (url !== undefined) return openNatsFeed({ url, prefix: database, bytes, log })
  return openCappedFeed({ uri: mongodbUri, database, bytes, log })
}
