import type { Connection } from 'mongoose'

import { createCommentRepository } from '../../subgraphs/comments/repository'
import { createEventRepository } from '../../subgraphs/events/repository'
import { createPostRepository } from '../../subgraphs/posts/repository'
import { openDatabase } from '../../subgraphs/shared/database'
import type { Feed } from '../../subgraphs/shared/feed/feed'
import { createUserRepository } from '../../subgraphs/users/repository'
import { openSystemFeed } from '../feed'
import { openServer } from '../server'
import type { DatabaseNames, ImportConfig } from './config'
import { otherHandle } from './handle'
import type { Sink } from './sink'

/** The databases that an import writes to, until `close`. */
export interface ImportTarget {
  sink: Sink
  close(): Promise<void>
}

/**
 * Opens the databases and the feed of a system, whether it runs or not.
 *
 * @throws StartError when there is no reaching or starting them
 */
export async function openTarget(
  config: ImportConfig,
  log: (line: string) => void,
): Promise<ImportTarget & { feed: Feed }> {
  const server = await openServer(config, log)
  const closers = [server.close]
  const close = async () => {
    for (const end of closers.reverse()) await end()
  }
  try {
    const target = await openSink(server.uri, config.databases)
    closers.push(target.close)
    const feed = await openSystemFeed(server.uri, config.feed)
    closers.push(() => feed.close())
    return { sink: target.sink, feed, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Opens the subgraphs' databases on a server, and makes the indexes that hold what is unique. */
export async function openSink(uri: string, names: DatabaseNames): Promise<ImportTarget> {
  const opened: Connection[] = []
  const close = async () => {
    for (const connection of opened.reverse()) await connection.close()
  }
  const open = async (name: string) => {
    const connection = await openDatabase(uri, name)
    opened.push(connection)
    return connection
  }
  try {
    const users = createUserRepository(await open(names.users))
    const events = createEventRepository(await open(names.events))
    const posts = createPostRepository(await open(names.posts))
    const comments = createCommentRepository(await open(names.comments))
    for (const repository of [users, events, posts, comments]) await repository.prepare()
    return { sink: createSink({ users, events, posts, comments }), close }
  } catch (error) {
    await close()
    throw error
  }
}

interface Repositories {
  users: ReturnType<typeof createUserRepository>
  events: ReturnType<typeof createEventRepository>
  posts: ReturnType<typeof createPostRepository>
  comments: ReturnType<typeof createCommentRepository>
}

function createSink({ users, events, posts, comments }: Repositories): Sink {
  return {
    async users(entities) {
      const { inserted, conflicts } = await users.importUsers(entities)
      if (conflicts.length === 0) return inserted
      const taken = new Set(conflicts)
      const renamed = entities
        .filter(({ id }) => taken.has(id))
        .map((user) => ({ ...user, handle: otherHandle(user.handle, user.id) }))
      const again = await users.importUsers(renamed)
      if (again.conflicts.length > 0) throw new Error(`No handle is free for ${again.conflicts.join(', ')}.`)
      return inserted + again.inserted
    },
    posts: async (entities) => (await posts.importPosts(entities)).inserted,
    comments: async (entities) => (await comments.importComments(entities)).inserted,
    events: async (entities) => (await events.importEvents(entities)).inserted,
    registrations: async (entities) => (await events.importRegistrations(entities)).inserted,
    postIds: (ids) => posts.existing(ids),
    eventIds: (ids) => events.existing(ids),
    commentPlaces: (ids) => comments.commentsByIds(ids),
  }
}
