import { setTimeout as wait } from 'node:timers/promises'
import type { Connection } from 'mongoose'

import { attachOrStartMongodb } from '../cli/embedded-mongodb/embeddedMongodb'
import { subgraphDatabaseNames } from '../cli/start/processes'
import type { SubgraphName } from '../schema/subgraphs'
import { createEventRepository } from '../subgraphs/events/repository'
import { openDatabase } from '../packages/subgraph-kit/mongo'
import { benchPassword, signUpBenchUser, type BenchUser } from './benchUser'
import { registerNewUser } from './registrations'

/** The time from the response to a mutation until the other subgraphs have processed it. */
export interface ProjectionLatency {
  change: string
  medianMs: number
  maxMs: number
}

const repetitions = 10

/** Measures the effects of comments, deletions and cancellations in a running system. */
export async function measureProjectionLatency(dataDir: string, url: string): Promise<ProjectionLatency[]> {
  const database = await attachOrStartMongodb({ dataDir, log: console.log })
  const connection = await openDatabase(database.uri, subgraphDatabaseNames.posts)
  try {
    const scenarios = createScenarios(connection, await signUpBenchUser(url, 'bench'))
    const leaving: BenchUser[] = []
    for (let index = 0; index < repetitions; index++)
      leaving.push(await signUpBenchUser(url, `leaving_${index}`))
    return [
      await timeEach('50 concurrent comments are counted by their post', scenarios.comments),
      await timeEach('the 100 comments of a deleted post are deleted', scenarios.deletedPost),
      await timeEach('the 200 registrations of a cancelled event are cancelled', scenarios.cancelledEvent),
      await timeEach(
        'a deleted account: 20 seats go to the waitlist, 20 comments lose their author, 5 drafts are deleted',
        (index) => scenarios.deletedAccount(leaving[index]),
      ),
    ]
  } finally {
    await connection.close()
    await database.close()
  }
}

/** A mutation, and the number of its effects that are still pending. */
interface Scenario {
  act: () => Promise<unknown>
  countPending: () => Promise<number>
}

async function timeEach(
  change: string,
  prepare: (index: number) => Promise<Scenario>,
): Promise<ProjectionLatency> {
  const latencies: number[] = []
  for (let index = 0; index < repetitions; index++) {
    const { act, countPending } = await prepare(index)
    await act()
    const respondedAt = performance.now()
    while ((await countPending()) > 0) await wait(2)
    latencies.push(performance.now() - respondedAt)
  }
  latencies.sort((a, b) => a - b)
  return { change, medianMs: latencies[repetitions / 2] ?? 0, maxMs: latencies.at(-1) ?? 0 }
}

function createScenarios(connection: Connection, bench: BenchUser) {
  const collection = (name: SubgraphName) =>
    connection.useDb(subgraphDatabaseNames[name], { useCache: true }).collection<{ _id: string }>(name)
  const registrations = connection
    .useDb(subgraphDatabaseNames.events, { useCache: true })
    .collection('registrations')
  const events = createEventRepository(connection.useDb(subgraphDatabaseNames.events, { useCache: true }))

  const createPost = (by: BenchUser, publish: boolean) =>
    by.mutate('createPost', { title: 'A post', body: 'The body of a post.', publish }, 'post')
  const addComments = (by: BenchUser, postId: string, count: number) =>
    Promise.all(
      Array.from({ length: count }, () => by.mutate('addComment', { postId, body: 'A comment.' }, 'comment')),
    )
  const createEvent = (capacity: number | null) => {
    const when = { startsAt: '2090-05-01T18:00:00Z', timeZone: 'Europe/Stockholm' }
    const input = { title: 'A meeting', description: 'Come.', ...when, capacity, publish: true }
    return bench.mutate('createEvent', input, 'event')
  }
  const countUncounted = async (postId: string, commentCount: number) =>
    1 - (await collection('posts').countDocuments({ _id: postId, commentCount }))

  return {
    async comments(): Promise<Scenario> {
      const postId = await createPost(bench, true)
      return { act: () => addComments(bench, postId, 50), countPending: () => countUncounted(postId, 50) }
    },
    async deletedPost(): Promise<Scenario> {
      const postId = await createPost(bench, true)
      await addComments(bench, postId, 100)
      return {
        act: () => bench.mutate('deletePost', { postId }, 'deletedPostId'),
        countPending: () => collection('comments').countDocuments({ postId }),
      }
    },
    async cancelledEvent(): Promise<Scenario> {
      const eventId = await createEvent(null)
      await Promise.all(Array.from({ length: 200 }, () => registerNewUser(events, eventId)))
      return {
        act: () => bench.mutate('cancelEvent', { eventId }, 'event'),
        countPending: () => registrations.countDocuments({ eventId, status: { $ne: 'CANCELLED' } }),
      }
    },
    async deletedAccount(leaving: BenchUser | undefined): Promise<Scenario> {
      if (!leaving) throw new Error('There is no account to delete.')
      const eventIds: string[] = []
      for (let index = 0; index < 20; index++) {
        const eventId = await createEvent(1)
        await leaving.mutate('registerForEvent', { eventId }, 'registration')
        await registerNewUser(events, eventId)
        eventIds.push(eventId)
      }
      const postId = await createPost(bench, true)
      const commentIds = await addComments(leaving, postId, 20)
      const draftIds: string[] = []
      for (let index = 0; index < 5; index++) draftIds.push(await createPost(leaving, false))
      return {
        act: () => leaving.mutate('deleteAccount', { password: benchPassword }, 'deletedUserId'),
        countPending: async () => {
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
