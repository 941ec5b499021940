import { isNatsInstalled, startNats } from '../../support/nats'
import { createTestWorkspace, waitUntil } from '../../support/processes'
import {
  findInvalidResults,
  streamOutcome,
  receivedCommentIds,
  subscriberKinds,
  findDuplicates,
  type StreamOutcome,
  type SubscriberKind,
  type FollowedStream,
} from './followers'
import { connectionsTo, startTestSystem, type ProcessName, type TestSystem } from './system'
import { startCommentWriter, type CommentWriter } from './writer'

const workplace = createTestWorkspace()
afterEach(() => workplace.cleanUp())

const limit = 60_000
const names = Object.keys(subscriberKinds) as SubscriberKind[]

/** People who follow one post, each with a client of another kind, and subscribe again when they are told to. */
function createFollowers({ url }: TestSystem, writer: CommentWriter) {
  const streams = new Map<SubscriberKind, FollowedStream[]>(names.map((name) => [name, []]))
  const of = (name: SubscriberKind) => streams.get(name) ?? []
  const current = (name: SubscriberKind) => of(name).at(-1)

  function subscribe(name: SubscriberKind): void {
    const subscriber = subscriberKinds[name]({ url, postId: writer.postId, session: writer.session })
    workplace.later(() => subscriber.unsubscribe())
    of(name).push({ subscriber, from: undefined })
  }

  /** Whether it follows; whoever does not any more subscribes again. */
  function isFollowing(name: SubscriberKind): boolean {
    const stream = current(name)
    if (!stream || streamOutcome(stream) !== 'followed') subscribe(name)
    else if (receivedCommentIds(stream).length > 0) stream.from ??= writer.countStarted()
    return current(name)?.from !== undefined
  }

  return {
    names,
    of,
    /** Resolves when all follow, and have heard of a comment that was added after this was called. */
    async untilHeard(): Promise<void> {
      await waitUntil('all follow', () => names.map(isFollowing).every(Boolean), limit)
      const before = writer.countStarted()
      const after = () => writer.added.find(({ number }) => number > before)?.id
      await waitUntil(
        'all have heard of what was added after that',
        () => {
          const id = after()
          if (!names.map(isFollowing).every(Boolean) || id === undefined) return false
          return names.every((name) => of(name).flatMap(receivedCommentIds).includes(id))
        },
        limit,
      ).catch((error: unknown) => {
        const heard = names.map((name) => [
          name,
          of(name).map((stream) => [streamOutcome(stream), receivedCommentIds(stream).at(-1)]),
        ])
        const state = { wanted: after(), begun: writer.countStarted(), added: writer.added.at(-1), heard }
        throw new Error(`${String(error)}: ${JSON.stringify(state)}`)
      })
    },
    /** What became of the streams that there were, since there were so many of each kind. */
    fates: (counts: readonly number[]): Record<string, StreamOutcome> =>
      Object.fromEntries(
        names.map((name, index) => {
          const stream = of(name)[(counts[index] ?? 1) - 1]
          return [name, stream ? streamOutcome(stream) : 'silent']
        }),
      ),
    counts: () => names.map((name) => of(name).length),
    unsubscribe(): void {
      for (const { subscriber } of [...streams.values()].flat()) subscriber.unsubscribe()
    },
  }
}
type Followers = ReturnType<typeof createFollowers>

/** What a stream should have told of and has not. One that has ended, and has said so, may miss what came at its end. */
function missingOf(stream: FollowedStream, writer: CommentWriter): string[] {
  const { from } = stream
  if (from === undefined || ['RESYNC', 'failed'].includes(streamOutcome(stream))) return []
  const heard = new Set(receivedCommentIds(stream))
  return writer.added.filter(({ id, number }) => number > from && !heard.has(id)).map(({ id }) => id)
}

async function checkWhole(followers: Followers, writer: CommentWriter): Promise<void> {
  const all = () => followers.names.flatMap((name) => followers.of(name).map((stream) => ({ name, stream })))
  const missing = () => all().map(({ name, stream }) => ({ name, missing: missingOf(stream, writer) }))
  await waitUntil('nothing is missing', () => missing().every(({ missing }) => missing.length === 0)).catch(
    () => undefined,
  )
  expect(all().map(({ stream }) => findDuplicates(receivedCommentIds(stream)))).toEqual(all().map(() => []))
  const faults = all().flatMap(({ stream }) => findInvalidResults(stream))
  const incomplete = missing().filter(({ missing }) => missing.length > 0)
  expect({ incomplete, faults }).toEqual({ incomplete: [], faults: [] })
}

/** @returns what each kill led to */
async function killInTurn(system: TestSystem, followers: Followers, parts: readonly ProcessName[]) {
  const fates: Partial<Record<ProcessName, Record<string, StreamOutcome>>> = {}
  for (const part of parts) {
    const counts = followers.counts()
    await system.killProcess(part)
    await followers.untilHeard().catch((error: unknown) => {
      throw new Error(`After ${part} was killed: ${String(error)}`)
    })
    fates[part] = followers.fates(counts)
  }
  return fates
}

async function checkKills(
  parts: readonly ProcessName[],
  environment: Record<string, string> = {},
): Promise<void> {
  const system = await startTestSystem(workplace, environment)
  const writer = await startCommentWriter(system.url)
  workplace.later(() => writer.stop())
  const followers = createFollowers(system, writer)
  await followers.untilHeard()

  const { router, ...others } = await killInTurn(system, followers, parts)
  await writer.stop()
  await checkWhole(followers, writer)
  for (const fates of Object.values(others))
    for (const fate of Object.values(fates)) expect(['followed', 'RESYNC']).toContain(fate)
  if (router) {
    const failed: StreamOutcome = 'failed'
    expect(router).toEqual({ ...Object.fromEntries(names.map((name) => [name, failed])), ours: 'followed' })
  }

  // Connections for requests stay open, and undici makes one anew for each that it has closed.
  const closedOf = (port: number) => {
    const before = connectionsTo(port)
    return () => before.filter((connection) => !connectionsTo(port).includes(connection)).length
  }
  const [ofRouter, ofComments] = [closedOf(system.port), closedOf(system.port + commentsOffset)]
  followers.unsubscribe()
  await waitUntil(
    'no stream is left, neither to the router nor from there',
    () => ofRouter() >= names.length && ofComments() >= upstreams,
  )
}

/** All who follow as nobody in particular share one. */
const upstreams = 2
const commentsOffset = 4

test(
  'whoever follows a post hears of every comment, or is told that some may be missing, whatever is killed',
  () => checkKills(['comments', 'posts', 'users', 'events', 'database', 'router']),
  5 * limit,
)

const testWithNats = isNatsInstalled ? test : test.skip
testWithNats(
  'so it is with NATS',
  async () => {
    const nats = await startNats()
    workplace.later(() => nats.close())
    await checkKills(['comments'], { EVENT_LOG_URL: nats.url })
  },
  2 * limit,
)
