import type { mongo } from 'mongoose'

import type { SubgraphName } from '../../schema/subgraphs'

/**
 * Collections that are not part of a backup. A collection that is missing here is copied, so that one of a later version
 * is not forgotten.
 */
const excludedCollections: ReadonlySet<string> = new Set([
  // Projections and the positions of their consumers: rebuilt from their owners.
  'known_posts',
  'known_events',
  'gone_users',
  'feed_positions',
  // Counted again from the comments, which a restore marks as not counted.
  'comment_counts',
  // All users sign in again: a refresh token that was renewed after the backup would look stolen.
  'sessions',
  // Short-lived.
  'rate_limits',
  'leases',
])

/**
 * The order in which databases are copied: a database that refers to another one is copied before it. A reference to an
 * entity that is not in the backup then always means that it was deleted meanwhile, for which the cascades run after
 * the restore.
 */
export const copyOrder: readonly SubgraphName[] = ['comments', 'posts', 'events', 'users']

/** Copied before the data: a migration that ends during the backup runs again after the restore. */
export const migrationsCollection = 'migrations'

/** Copied after the users, whose roles it decides. */
const adminRegistryCollection = 'roles'

/** A collection of the system that is backed up. */
export interface SourceCollection {
  name: string
  options: mongo.Document
  indexes: mongo.Document[]
}

/** Returns the collections of a database that are part of a backup, in the order in which they are copied. */
export async function listSourceCollections(database: mongo.Db): Promise<SourceCollection[]> {
  const found = await database.listCollections({ type: 'collection' }, { nameOnly: false }).toArray()
  const rank = (name: string) =>
    name === migrationsCollection ? 0 : name === adminRegistryCollection ? 2 : 1
  const included = found
    .filter(({ name }) => !name.startsWith('system.') && !excludedCollections.has(name))
    .sort((one, other) => rank(one.name) - rank(other.name) || one.name.localeCompare(other.name))
  return Promise.all(
    included.map(async ({ name, options = {} }) => {
      const indexes = await database.collection(name).listIndexes().toArray()
      return { name, options, indexes: indexes.filter((index) => index['name'] !== '_id_') }
    }),
  )
}

/**
 * Returns the fields that are not copied: the claim of the outbox relay, which would keep the restored events waiting,
 * how the stored counts include a comment, and the version of the projected counts, which could outrank newer ones.
 */
export function getExcludedFields(subgraph: SubgraphName, collection: string): Record<string, 0> {
  return {
    relay: 0,
    ...(collection === 'comments' && { counted: 0, uncountedIn: 0 }),
    ...(collection === 'posts' && { commentsVersion: 0 }),
  }
}
