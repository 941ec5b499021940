import type { Connection } from 'mongoose'

import type { EventLog } from '../../../packages/event-log/eventLog'
import {
  positionsCollectionName,
  type ConsumerPosition,
} from '../../../packages/event-log/mongo/consumerPositions'
import { requestRebuild } from '../../../packages/event-log'
import { subgraphs as subgraphList, type SubgraphName } from '../../../schema/subgraphs'
import { waitUntil } from '../processes'

/** A system whose answers are compared: routers with and without a cache in front of the same subgraphs. */
export interface ExactnessSystem {
  /** The endpoint of a router without a cache. */
  uncachedUrl: string
  /** The endpoints of two routers with a cache. The first is behind connections that can be cut. */
  readCachedUrls(): readonly [string, string]
  subgraphs: Readonly<Record<SubgraphName, { connection: Connection; eventLog: EventLog }>>
  /** Replaces the first router by one with an empty cache. */
  restartRouter(): Promise<void>
  /** Closes the connections between the first router and a subgraph. */
  dropConnections(name: SubgraphName): void
  /**
   * Returns whether the first router has received all invalidations of a subgraph up to a position of its topic, where it is
   * connected to their stream. Without a connection, its cache does not serve data of the subgraph.
   */
  hasInvalidations(name: SubgraphName, position: string): boolean
  /** Kills a process of the subgraph at once (SIGKILL), and resolves when its successor is ready. Absent when it runs in this process. */
  killSubgraph?(name: SubgraphName): Promise<void>
  close(): Promise<void>
}

/** Publishes a request that all data of a subgraph is rebuilt. */
export const rebuildTopic = ({ subgraphs }: ExactnessSystem, name: SubgraphName): Promise<string> =>
  requestRebuild(subgraphs[name].eventLog, name)

/** Returns the newest positions of all topics, in the order of the subgraphs. */
const readNewestPositions = ({ subgraphs }: ExactnessSystem): Promise<string[]> =>
  Promise.all(subgraphList.map(({ name }) => subgraphs[name].eventLog.readNewestPosition(name)))

/**
 * Waits until all domain events are published and handled, also those that consumers publish themselves, and the first router has received
 * their invalidations.
 */
export async function settleSystem(system: ExactnessSystem): Promise<void> {
  for (let before: string[] = []; ;) {
    for (const { name } of subgraphList)
      await waitUntil(`${name} has published and handled everything`, () => isSettled(system, name))
    const after = await readNewestPositions(system)
    const isUnchanged = after.every((position, index) => position === before[index])
    if (isUnchanged) break
    before = after
  }
  await waitUntil('the router has received all invalidations', async () => {
    const positions = await readNewestPositions(system)
    return subgraphList.every(({ name }, index) => system.hasInvalidations(name, positions[index] ?? ''))
  })
}

/** Returns a text that changes with each domain event. */
export const readProgress = async (system: ExactnessSystem): Promise<string> =>
  (await readNewestPositions(system)).join()

async function isSettled({ subgraphs }: ExactnessSystem, name: SubgraphName): Promise<boolean> {
  const { connection } = subgraphs[name]
  const pending = { 'pendingEvents.id': { $exists: true } }
  for (const collection of name === 'users' ? ['users', 'reports'] : [name])
    if (await connection.collection(collection).findOne(pending)) return false
  const positions = await connection.collection<ConsumerPosition>(positionsCollectionName).find().toArray()
  for (const { _id, position } of positions) {
    const topic = _id.split('/')[0] as SubgraphName
    if (position !== (await subgraphs[topic].eventLog.readNewestPosition(topic))) return false
  }
  return true
}
