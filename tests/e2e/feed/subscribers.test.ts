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
import { listConnectionsTo, startTestSystem, type ProcessName, type TestSystem } from './system'
import { startCommentWriter, type CommentWriter } from './writer'

const workspace = createTestWorkspace()
afterEach(() => workspace.cleanUp())

const limit = 120_000
const names = Object.keys(subscriberKinds) as SubscriberKind[]

/** Subscribers of one post, each with another client, which subscribe again when their stream ends. */
function createFollowers({ url }: TestSystem, writer: CommentWriter) {
  const streams = new Map<SubscriberKind, FollowedStream[]>(names.map((name) => [name, []]))
  const of = (name: SubscriberKind) => streams.get(name) ?? []
  const current = (name: SubscriberKind) => of(name).at(-1)

  function subscribe(name: SubscriberKind): void {
    const subscriber = subscriberKinds[name]({ url, postId: writer.postId, session: writer.session })
    workspace.later(() => subscriber.unsubscribe())
    of(name).push({ subscriber, from: undefined })
  }

  /** Returns whether a stream is open; subscribes again if it has ended. */
  function isFollowing(name: SubscriberKind): boolean {
    const stream = current(name)
    if (!stream || streamOutcome(stream) !== 'followed') subscribe(name)
    else if (receivedCommentIds(stream).length > 0) stream.from ??= writer.countStarted()
    return current(name)?.from !== undefined
  }

  return {
    names,
    of,
    /** Resolves when all are subscribed, and have received a comment that was added after the call. */
    async waitUntilReceived(): Promise<void> {
      await waitUntil('all are subscribed', () => names.map(isFollowing).every(Boolean), limit)
      const before = writer.countStarted()
      const after = () => writer.added.find(({ number }) => number > before)?.id
      await waitUntil(
        'all have received a later comment',
        () => {
          const id = after()
          if (!names.map(isFollowing).every(Boolean) || id === undefined) return false
          return names.every((name) => of(name).flatMap(receivedCommentIds).includes(id))
        },
        limit,
      ).catch((error: unknown) => {
        const received = names.map((name) => [
          name,
          of(name).map((stream) => [streamOutcome(stream), receivedCommentIds(stream).at(-1)]),
        ])
        const state = {
          wanted: after(),
          started: writer.countStarted(),
          added: writer.added.at(-1),
          received,
        }
        throw new Error(`${String(error)}: ${JSON.stringify(state)}`)
      })
    },
    /** Returns the outcomes of the streams that were the last ones at the time of the counts. */
    outcomes: (counts: readonly number[]): Record<string, StreamOutcome> =>
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

/** Returns the comments that a stream has missed. A stream that ended with an error may miss those at its end. */
function findMissing(stream: FollowedStream, writer: CommentWriter): string[] {
  const { from } = stream
  if (from === undefined || ['RESYNC', 'failed'].includes(streamOutcome(stream))) return []
  const received = new Set(receivedCommentIds(stream))
  return writer.added.filter(({ id, number }) => number > from && !received.has(id)).map(({ id }) => id)
}

async function checkWhole(followers: Followers, writer: CommentWriter): Promise<void> {
  const all = () => followers.names.flatMap((name) => followers.of(name).map((stream) => ({ name, stream })))
  const missing = () => all().map(({ name, stream }) => ({ name, missing: findMissing(stream, writer) }))
  await waitUntil('no comment is missing', () =>
    missing().every(({ missing }) => missing.length === 0),
  ).catch(() => undefined)
  expect(all().map(({ stream }) => findDuplicates(receivedCommentIds(stream)))).toEqual(all().map(() => []))
  const faults = all().flatMap(({ stream }) => findInvalidResults(stream))
  const incomplete = missing().filter(({ missing }) => missing.length > 0)
  expect({ incomplete, faults }).toEqual({ incomplete: [], faults: [] })
}

/** @returns the outcome of each kill */
async function killInTurn(system: TestSystem, followers: Followers, parts: readonly ProcessName[]) {
  const outcomes: Partial<Record<ProcessName, Record<string, StreamOutcome>>> = {}
  for (const part of parts) {
    const counts = followers.counts()
    await system.killProcess(part)
    await followers.waitUntilReceived().catch((error: unknown) => {
      throw new Error(`After ${part} was killed: ${String(error)}`)
    })
    outcomes[part] = followers.outcomes(counts)
  }
  return outcomes
}

async function checkKills(
  parts: readonly ProcessName[],
  environment: Record<string, string> = {},
): Promise<void> {
  const system = await startTestSystem(workspace, environment)
  const writer = await startCommentWriter(system.url)
  workspace.later(() => writer.stop())
  const followers = createFollowers(system, writer)
  await followers.waitUntilReceived()

  const { router, ...others } = await killInTurn(system, followers, parts)
  await writer.stop()
  await checkWhole(followers, writer)
  for (const outcomes of Object.values(others))
    for (const outcome of Object.values(outcomes)) expect(['followed', 'RESYNC']).toContain(outcome)
  if (router) {
    const failed: StreamOutcome = 'failed'
    expect(router).toEqual({ ...Object.fromEntries(names.map((name) => [name, failed])), ours: 'followed' })
  }

  // Connections for requests stay open; undici replaces closed ones.
  const countClosed = (port: number) => {
    const before = listConnectionsTo(port)
    return () => before.filter((connection) => !listConnectionsTo(port).includes(connection)).length
  }
  const [closedToRouter, closedToComments] = [
    countClosed(system.port),
    countClosed(system.port + commentsOffset),
  ]
  followers.unsubscribe()
  await waitUntil(
    'every stream to the router and to the subgraph is closed',
    () => closedToRouter() >= names.length && closedToComments() >= upstreams,
  )
}

/** Anonymous subscribers share one upstream. */
const upstreams = 2
const commentsOffset = 4

test(
  'delivers every comment, or reports that some may be missing, when any process is killed',
  () => checkKills(['comments', 'posts', 'users', 'events', 'database', 'router']),
  5 * limit,
)

const testWithNats = isNatsInstalled ? test : test.skip
testWithNats(
  'delivers every comment with NATS',
  async () => {
    const nats = await startNats()
    workspace.later(() => nats.close())
    await checkKills(['comments'], { EVENT_LOG_URL: nats.url })
  },
  2 * limit,
)
