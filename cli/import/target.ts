import type { Connection } from 'mongoose'

import { createCommentRepository } from '../../subgraphs/comments/repository'
import { createEventRepository } from '../../subgraphs/events/repository'
import { createPostRepository } from '../../subgraphs/posts/repository'
import { openDatabase, requireCompleteRestore } from '../../packages/subgraph-kit/mongo'
import type { EventLog } from '../../packages/event-log'
import { createUsersRepositories, type UserRepository } from '../../subgraphs/users/repository'
import { openSystemEventLog } from '../eventLog'
import { createMigrationLog } from '../migrationLog'
import { openMongodb } from '../mongodb'
import type { DatabaseNames, DataConfig } from '../dataConfig'
import { deriveAlternativeHandle } from './handle'
import type { EntityWriter } from './entityWriter'

/** The databases that an import writes to. */
interface ImportTarget {
  writer: EntityWriter
  close(): Promise<void>
}

/**
 * Opens the databases and the event log of a system, which may be running.
 *
 * @throws StartupError when they can be neither reached nor started
 */
export async function openImportTarget(
  config: DataConfig,
  log: (line: string) => void,
): Promise<ImportTarget & { eventLog: EventLog }> {
  const server = await openMongodb(config, log)
  const closers = [server.close]
  const close = async () => {
    for (const closeOne of closers.reverse()) await closeOne()
  }
  try {
    const target = await openEntityWriter(server.uri, config.databases, log)
    closers.push(target.close)
    const eventLog = await openSystemEventLog(server.uri, config.eventLog)
    closers.push(() => eventLog.close())
    return { writer: target.writer, eventLog, close }
  } catch (error) {
    await close()
    throw error
  }
}

/**
 * Opens the databases of the subgraphs, migrates them, and creates their indexes, which ensure uniqueness.
 *
 * @param log receives warnings
 * @throws StartupError when a migration fails, or a database contains a part of a backup
 */
export async function openEntityWriter(
  uri: string,
  names: DatabaseNames,
  log: (line: string) => void = console.error,
): Promise<ImportTarget> {
  const opened: Connection[] = []
  const close = async () => {
    for (const connection of opened.reverse()) await connection.close()
  }
  const open = async (name: string) => {
    const connection = await openDatabase(uri, name)
    opened.push(connection)
    await requireCompleteRestore(connection)
    return connection
  }
  try {
    const users = createUsersRepositories(await open(names.users))
    const events = createEventRepository(await open(names.events))
    const posts = createPostRepository(await open(names.posts))
    const comments = createCommentRepository(await open(names.comments))
    const migrationLog = createMigrationLog(log, { level: 'warn' })
    for (const repository of [users, events, posts, comments]) await repository.prepare(migrationLog)
    return { writer: createEntityWriter({ users: users.users, events, posts, comments }), close }
  } catch (error) {
    await close()
    throw error
  }
}

interface Repositories {
  users: UserRepository
  events: ReturnType<typeof createEventRepository>
  posts: ReturnType<typeof createPostRepository>
  comments: ReturnType<typeof createCommentRepository>
}

function createEntityWriter({ users, events, posts, comments }: Repositories): EntityWriter {
  return {
    async writeUsers(entities) {
      const { inserted, conflicts } = await users.importUsers(entities)
      if (conflicts.length === 0) return inserted
      const taken = new Set(conflicts)
      const renamed = entities
        .filter(({ id }) => taken.has(id))
        .map((user) => ({ ...user, handle: deriveAlternativeHandle(user.handle, user.id) }))
      const retried = await users.importUsers(renamed)
      if (retried.conflicts.length > 0)
        throw new Error(`No handle is available for ${retried.conflicts.join(', ')}.`)
      return inserted + retried.inserted
    },
    writePosts: async (entities) => (await posts.importPosts(entities)).inserted,
    writeComments: async (entities) => (await comments.importComments(entities)).inserted,
    writeEvents: async (entities) => (await events.importEvents(entities)).inserted,
    writeRegistrations: async (entities) => (await events.importRegistrations(entities)).inserted,
    findPostIds: (ids) => posts.findExistingIds(ids),
    findEventIds: (ids) => events.findExistingEventIds(ids),
    findCommentPositions: (ids) => comments.findByIds(ids),
  }
}
