import { setTimeout as wait } from 'node:timers/promises'
import type { Connection } from 'mongoose'

import { attachOrStartMongodb } from '../cli/embedded-mongodb/embeddedMongodb'
import { subgraphDatabaseNames } from '../cli/start/processes'
import type { SubgraphName } from '../packages/platform/config/subgraphs'
import { createEventRepository } from '../subgraphs/events/repository'
import { openDatabase } from '../packages/subgraph-kit/mongo/database'
import { benchPassword, signUpBenchUser, type BenchUser } from './benchUser'
import { registerNewUser } from './registrations'

/** How long the other subgraphs take to follow something, in milliseconds from its answer. */
export interface ProjectionLatency {
  change: string
  medianMs: number
  maxMs: number
}

const times = 10

/** Times what follows from comments, deletions and cancellations in a running system. */
export async function measureProjectionLatency(dataDir: string, url: string): Promise<ProjectionLatency[]> {
  const database = await attachOrStartMongodb({ dataDir, log: console.log })
  const connection = await openDatabase(database.uri, subgraphDatabaseNames.posts)
  try {
    const stage = createStage(connection, await signUpBenchUser(url, 'bench'))
    const leaving: BenchUser[] = []
    for (let index = 0; index < times; index++) leaving.push(await signUpBenchUser(url, `leaving_${index}`))
    return [
      await timeEach('50 comments at once: their post counts them', stage.comments),
      await timeEach('a post with 100 comments is deleted: they are gone', stage.deletedPost),
      await timeEach('an event with 200 registrations is cancelled: so are they', stage.cancelledEvent),
      await timeEach(
        'an account is deleted: 20 seats are given to those who wait, 20 comments are nobody’s, 5 drafts are gone',
        (index) => stage.deletedAccount(leaving[index]),
      ),
    ]
  } finally {
    await connection.close()
    await database.close()
  }
}

/** What is to be done, and how many things do not yet follow from it. */
interface Scene {
  act: () => Promise<unknown>
  left: () => Promise<number>
}

async function timeEach(
  what: string,
  prepare: (index: number) => Promise<Scene>,
): Promise<ProjectionLatency> {
  const taken: number[] = []
  for (let index = 0; index < times; index++) {
    const { act, left } = await prepare(index)
    await act()
    const answered = performance.now()
    while ((await left()) > 0) await wait(2)
    taken.push(performance.now() - answered)
  }
  taken.sort((a, b) => a - b)
  return { change: what, medianMs: taken[times / 2] ?? 0, maxMs: taken.at(-1) ?? 0 }
}

function createStage(connection: Connection, bench: BenchUser) {
  const collection = (name: SubgraphName) =>
    connection.useDb(subgraphDatabaseNames[name], { useCache: true }).collection<{ _id: string }>(name)
  const registrations = connection
    .useDb(subgraphDatabaseNames.events, { useCache: true })
    .collection('registrations')
  const events = createEventRepository(connection.useDb(subgraphDatabaseNames.events, { useCache: true }))

  const makePost = (by: BenchUser, publish: boolean) =>
    by.mutate('createPost', { title: 'A post', body: 'To be talked about.', publish }, 'post')
  const comment = (by: BenchUser, postId: string, count: number) =>
    Promise.all(
      Array.from({ length: count }, () => by.mutate('addComment', { postId, body: 'A comment.' }, 'comment')),
    )
  const makeEvent = (capacity: number | null) => {
    const when = { startsAt: '2090-05-01T18:00:00Z', timeZone: 'Europe/Stockholm' }
    const input = { title: 'A meeting', description: 'Come.', ...when, capacity, publish: true }
    return bench.mutate('createEvent', input, 'event')
  }
  const uncounted = async (postId: string, commentCount: number) =>
    1 - (await collection('posts').countDocuments({ _id: postId, commentCount }))

  return {
    async comments(): Promise<Scene> {
      const postId = await makePost(bench, true)
      return { act: () => comment(bench, postId, 50), left: () => uncounted(postId, 50) }
    },
    async deletedPost(): Promise<Scene> {
      const postId = await makePost(bench, true)
      await comment(bench, postId, 100)
      return {
        act: () => bench.mutate('deletePost', { postId }, 'deletedPostId'),
        left: () => collection('comments').countDocuments({ postId }),
      }
    },
    async cancelledEvent(): Promise<Scene> {
      const eventId = await makeEvent(null)
      await Promise.all(Array.from({ length: 200 }, () => registerNewUser(events, eventId)))
      return {
        act: () => bench.mutate('cancelEvent', { eventId }, 'event'),
        left: () => registrations.countDocuments({ eventId, status: { $ne: 'CANCELLED' } }),
      }
    },
    async deletedAccount(leaving: BenchUser | undefined): Promise<Scene> {
      if (!leaving) throw new Error('Nobody is left.')
      const eventIds: string[] = []
      for (let index = 0; index < 20; index++) {
        const eventId = await makeEvent(1)
        await leaving.mutate('registerForEvent', { eventId }, 'registration')
        await registerNewUser(events, eventId)
        eventIds.push(eventId)
      }
      const postId = await makePost(bench, true)
      const commentIds = await comment(leaving, postId, 20)
      const draftIds: string[] = []
      for (let index = 0; index < 5; index++) draftIds.push(await makePost(leaving, false))
      return {
        act: () => leaving.mutate('deleteAccount', { password: benchPassword }, 'deletedUserId'),
        left: async () => {
          const waiting = { eventId: { $in: eventIds }, status: 'WAITLISTED' }
          const signed = { _id: { $in: commentIds }, authorId: { $ne: null } }
          const drafts = { _id: { $in: draftIds }, status: 'DRAFT' }
          return (
            (await registrations.countDocuments(waiting)) +
            (await collection('comments').countDocuments(signed)) +
            (await collection('posts').countDocuments(drafts))
          )
        },
      }
    },
  }
}
