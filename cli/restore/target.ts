import type { mongo } from 'mongoose'

import { subgraphs, type SubgraphName } from '../../schema/subgraphs'
import { createLeases } from '../../packages/event-log/mongo'
import { restoreMarkerCollection } from '../../packages/subgraph-kit/mongo'
import type { Manifest } from '../backup/manifest'
import { CommandError } from '../command'
import type { DatabaseNames } from '../dataConfig'

/** Longer than a lease takes that is free. */
const waitingNoticeMs = 1000

/** The databases that a backup is restored into. */
export type TargetDatabases = Readonly<Record<SubgraphName, mongo.Db>>

export function openTargetDatabases(client: mongo.MongoClient, names: DatabaseNames): TargetDatabases {
  return {
    users: client.db(names.users),
    events: client.db(names.events),
    posts: client.db(names.posts),
    comments: client.db(names.comments),
  }
}

const restoreLease = 'restore'

/**
 * Runs a restore when no other one is running: each would take the other for an interrupted one, and remove its data.
 *
 * @param eventLogDatabase contains the leases
 */
export async function holdRestoreLease(
  eventLogDatabase: mongo.Db,
  log: (line: string) => void,
  restore: () => Promise<void>,
): Promise<void> {
  const waiting = setTimeout(log, waitingNoticeMs, 'Another restore is running: waiting for its end.')
  try {
    const run = async (lost: AbortSignal) => {
      clearTimeout(waiting)
      await restore()
      if (lost.aborted)
        throw new CommandError(
          'Another restore has begun meanwhile. Wait for its end, and run the command again.',
        )
    }
    await createLeases(eventLogDatabase).hold(restoreLease, run, new AbortController().signal)
  } finally {
    clearTimeout(waiting)
  }
}

/**
 * Returns the names of the consumers that are running: each holds a lease. The users subgraph has none, but it creates
 * collections when it starts, for which {@link prepareTarget} refuses the restore.
 */
export async function findRunningConsumers(eventLogDatabase: mongo.Db): Promise<string[]> {
  const leases = await eventLogDatabase
    .collection<{ _id: string }>('leases')
    .find({ _id: { $ne: restoreLease }, $expr: { $gt: ['$until', '$$NOW'] } })
    .toArray()
  // `<topic>/<consumer>`
  return leases.map(({ _id }) => _id.split('/').at(-1) ?? _id)
}

/**
 * Marks empty databases as partly restored. Removes the data of an interrupted restore first.
 * @throws CommandError when a database contains anything else
 */
export async function prepareTarget(
  databases: TargetDatabases,
  manifest: Manifest,
  log: (line: string) => void,
): Promise<void> {
  const contents = await Promise.all(
    subgraphs.map(async ({ name }) => {
      const database = databases[name]
      const collections = await database.listCollections({}, { nameOnly: true }).toArray()
      return { database, names: collections.map((each) => each.name) }
    }),
  )
  // The marker of users is created first and removed last. The other databases were empty when it was created.
  const isInterrupted = contents.some(
    ({ database, names }) => database === databases.users && names.includes(restoreMarkerCollection),
  )
  const foreign = contents.filter(({ names }) => names.length > 0)
  if (foreign.length > 0 && !isInterrupted) throw notEmpty(foreign)
  if (isInterrupted) log('An earlier restore was interrupted: its data is removed first.')
  for (const { database, names } of contents)
    for (const name of names.filter((each) => each !== restoreMarkerCollection))
      await database.dropCollection(name)
  const marker = { backupStartedAt: manifest.startedAt, restoreStartedAt: new Date() }
  for (const { database } of contents) await database.collection(restoreMarkerCollection).insertOne(marker)
}

function notEmpty(foreign: readonly { database: mongo.Db; names: readonly string[] }[]): CommandError {
  const contents = foreign.map(
    ({ database, names }) => `  ${database.databaseName}: ${[...names].sort().join(', ')}`,
  )
  const commands = foreign.map(({ database }) => `db.getSiblingDB('${database.databaseName}').dropDatabase()`)
  return new CommandError(
    `A backup is restored into an empty system only, and these databases contain collections:\n${contents.join('\n')}\n` +
      'Nothing was restored. Set DATA_DIR to a new directory, or MONGODB_URI to another server. Or, if the data is not ' +
      `needed, drop the databases:\n  mongosh "$MONGODB_URI" --eval "${commands.join('; ')}"`,
  )
}

/** Completes a restore: subgraphs may start on the databases. */
export async function removeMarkers(databases: TargetDatabases): Promise<void> {
  for (const { name } of subgraphs.toReversed()) await databases[name].dropCollection(restoreMarkerCollection)
}
