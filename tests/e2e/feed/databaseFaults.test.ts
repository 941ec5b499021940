import { setTimeout as wait } from 'node:timers/promises'

import { startEmbeddedMongodb } from '../../../cli/embedded-mongodb/embeddedMongodb'
import { subgraphDatabaseNames } from '../../../cli/start/processes'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { faults, startFaultyDatabase } from '../../support/faultyDatabase'
import { createTestWorkspace, waitUntil } from '../../support/processes'
import { dropDatabase, testMongodbUri } from '../../support/subgraph'
import { startActors } from './actors'
import { readDatabases, waitUntilConsistent } from './audit'
import { startTestSystem } from './system'
import { startCommentWriter } from './writer'

const workspace = createTestWorkspace()
afterEach(() => workspace.cleanUp())

const rounds = 50
/** A partition is one of five faults. */
const partitionMs = 10_000
const isReplicaSet = new URL(testMongodbUri()).searchParams.has('replicaSet')

/** A database whose faults begin with `fail`, and last until it resolves. */
interface TestDatabase {
  /** The limit of the recovery from this share of the faults: from all of them, or the median. */
  recovery: { share: 1 | 0.5; maxMs: number }
  /** For the system. */
  uri: string
  /** For the audit. */
  directUri: string
  fail(round: number): Promise<string>
}

/** Starts the embedded engine. Returns its URI. */
async function startEngine(): Promise<string> {
  const { uri, close } = await startEmbeddedMongodb({ dataDir: workspace.folder(), log: () => {} })
  workspace.later(close)
  return uri
}

/** Puts a proxy in front of a database, or of the first member of a replica set while that is the primary. */
async function startProxiedDatabase(uri: string): Promise<TestDatabase> {
  const proxy = await startFaultyDatabase(uri)
  workspace.later(() => proxy.close())
  return {
    recovery: { share: 1, maxMs: 2_000 },
    uri: proxy.uri,
    directUri: uri,
    async fail(round) {
      const fault = [...faults, 'partition'][round % (faults.length + 1)] ?? ''
      if (fault === 'partition') {
        const endPartition = proxy.beginPartition()
        await wait(partitionMs)
        endPartition()
      } else if (fault === 'notPrimary') {
        const endElection = proxy.beginElection()
        await wait(500)
        endElection()
      } else
        for (const each of faults.filter((one) => one === fault)) await proxy.failNext(each, undefined, 10)
      return fault
    },
  }
}

/** Empties the replica set of MONGODB_URI, now and after the test. Returns its URI. */
async function emptyReplicaSet(): Promise<string> {
  const dropAll = async () => {
    for (const name of [...Object.values(subgraphDatabaseNames), 'agora_feed']) await dropDatabase(name)
  }
  await dropAll()
  workspace.later(dropAll)
  return testMongodbUri()
}

/** Lets the primary of a replica set step down. */
async function openReplicaSet(uri: string): Promise<TestDatabase> {
  const admin = await openDatabase(uri, 'admin')
  workspace.later(() => admin.close())
  return {
    // An election takes longer than the end of a simulated one, and may have to be repeated.
    recovery: { share: 0.5, maxMs: 15_000 },
    uri,
    directUri: uri,
    async fail() {
      await admin.db?.command({ replSetStepDown: 5, secondaryCatchUpPeriodSecs: 4, force: true })
      return 'stepDown'
    },
  }
}

/** Elections are last: the proxy needs the first member as primary. */
const databases: [string, () => Promise<TestDatabase>][] = isReplicaSet
  ? [
      ['failures of the primary', async () => await startProxiedDatabase(await emptyReplicaSet())],
      ['elections', async () => await openReplicaSet(await emptyReplicaSet())],
    ]
  : [['failures of the database', async () => await startProxiedDatabase(await startEngine())]]

const testIfFull = process.env['FULL'] ? test : test.skip

testIfFull.each(databases)(
  `keeps every acknowledged write once in spite of ${rounds} %s under load`,
  async (_, openTestDatabase) => {
    const database = await openTestDatabase()
    const system = await startTestSystem(workspace, { MONGODB_URI: database.uri })
    const writer = await startCommentWriter(system.url)
    const actors = startActors(system.url, 6)
    /** Returns the milliseconds until a comment is added that is sent from now on. */
    async function timeNextComment(): Promise<number> {
      const [sent, startedAt] = [writer.countStarted(), performance.now()]
      await waitUntil('a later comment is added', () => (writer.added.at(-1)?.number ?? 0) > sent)
      return Math.round(performance.now() - startedAt)
    }
    const recoveries: { fault: string; ms: number; usualMs: number }[] = []
    for (let round = 0; round < rounds; round++) {
      const before = actors.countCompleted()
      await waitUntil('mutations succeed again', () => actors.countCompleted() > before + 20)
      const usualMs = await timeNextComment()
      await wait(Math.random() * 500)
      const fault = await database.fail(round)
      recoveries.push({ fault, ms: await timeNextComment(), usualMs })
    }
    await actors.stop()
    await writer.stop()
    const lines = recoveries.map(({ fault, ms, usualMs }) => `${ms} ms (${fault}; before it ${usualMs} ms)`)
    console.log(`Recovered after ${lines.join(', ')}`)

    const connection = await openDatabase(database.directUri, 'agora_posts')
    workspace.later(() => connection.close())
    const read = readDatabases(connection)
    expect(await waitUntilConsistent(read)).toEqual([])

    const comments = (await read.comments('comments')).filter(({ postId }) => postId === writer.postId)
    const bodies = comments.map(({ body }) => String(body))
    expect(bodies.filter((body, index) => bodies.indexOf(body) !== index)).toEqual([])
    const stored = new Set(comments.map(({ _id }) => _id))
    expect(writer.added.filter(({ id }) => !stored.has(id))).toEqual([])

    // The actors also use entities of each other, and of deleted accounts. A partition lasts longer than a query may take: those
    // that wait in it end with SUBGRAPH_TIMEOUT.
    const expected = ['FORBIDDEN', 'SUBGRAPH_TIMEOUT', 'SUBGRAPH_UNAVAILABLE', 'UNAUTHENTICATED']
    expect(actors.listErrorCodes().filter((code) => !expected.includes(code))).toEqual([])
    // On a busy machine, a comment takes long without a fault.
    const sorted = recoveries.map(({ ms, usualMs }) => ms - usualMs).sort((a, b) => a - b)
    const { share, maxMs } = database.recovery
    expect(sorted[Math.ceil(share * rounds) - 1]).toBeLessThan(maxMs)
  },
  rounds * 60_000,
)
