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
/** The median. An election of a real replica set takes longer than the end of a simulated one. */
const maxRecoveryMs = isReplicaSet ? 15_000 : 2_000

/** A database whose faults begin with `fail`, and last until it resolves. */
interface TestDatabase {
  /** For the system. */
  uri: string
  /** For the audit. */
  directUri: string
  fail(round: number): Promise<string>
}

/** Starts the embedded engine behind a proxy. */
async function startSimulatedDatabase(): Promise<TestDatabase> {
  const { uri, close } = await startEmbeddedMongodb({ dataDir: workspace.folder(), log: () => {} })
  workspace.later(close)
  const proxy = await startFaultyDatabase(uri)
  workspace.later(() => proxy.close())
  return {
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

/** Lets the primary of the replica set of MONGODB_URI step down. */
async function openReplicaSet(): Promise<TestDatabase> {
  const uri = testMongodbUri()
  const dropAll = async () => {
    for (const name of [...Object.values(subgraphDatabaseNames), 'agora_feed']) await dropDatabase(name)
  }
  await dropAll()
  workspace.later(dropAll)
  const admin = await openDatabase(uri, 'admin')
  workspace.later(() => admin.close())
  return {
    uri,
    directUri: uri,
    async fail() {
      await admin.db?.command({ replSetStepDown: 5, secondaryCatchUpPeriodSecs: 4, force: true })
      return 'stepDown'
    },
  }
}

const testIfFull = process.env['FULL'] ? test : test.skip

testIfFull(
  `keeps every acknowledged write once in spite of ${rounds} failures of the database under load`,
  async () => {
    const database = await (isReplicaSet ? openReplicaSet() : startSimulatedDatabase())
    const system = await startTestSystem(workspace, { MONGODB_URI: database.uri })
    const writer = await startCommentWriter(system.url)
    const actors = startActors(system.url, 6)
    const recoveries: { fault: string; ms: number }[] = []
    for (let round = 0; round < rounds; round++) {
      const before = actors.countCompleted()
      await waitUntil('mutations succeed again', () => actors.countCompleted() > before + 20)
      await wait(Math.random() * 500)
      const fault = await database.fail(round)
      const [failed, endedAt] = [writer.countStarted(), performance.now()]
      await waitUntil('a later comment is added', () => (writer.added.at(-1)?.number ?? 0) > failed)
      recoveries.push({ fault, ms: Math.round(performance.now() - endedAt) })
    }
    await actors.stop()
    await writer.stop()
    console.log(`Recovered after ${recoveries.map(({ fault, ms }) => `${ms} ms (${fault})`).join(', ')}`)

    const connection = await openDatabase(database.directUri, 'agora_posts')
    workspace.later(() => connection.close())
    const read = readDatabases(connection)
    expect(await waitUntilConsistent(read)).toEqual([])

    const comments = (await read.comments('comments')).filter(({ postId }) => postId === writer.postId)
    const bodies = comments.map(({ body }) => String(body))
    expect(bodies.filter((body, index) => bodies.indexOf(body) !== index)).toEqual([])
    const stored = new Set(comments.map(({ _id }) => _id))
    expect(writer.added.filter(({ id }) => !stored.has(id))).toEqual([])

    // The actors also use entities of each other, and of deleted accounts.
    const expected = ['FORBIDDEN', 'SUBGRAPH_TIMEOUT', 'SUBGRAPH_UNAVAILABLE', 'UNAUTHENTICATED']
    expect(actors.listErrorCodes().filter((code) => !expected.includes(code))).toEqual([])
    const sorted = recoveries.map(({ ms }) => ms).sort((a, b) => a - b)
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(maxRecoveryMs)
  },
  rounds * 60_000,
)
