import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { projectRoot } from '../../../../packages/platform/config/projectRoot'
import { openDatabase } from '../../../../packages/subgraph-kit/mongo/database'
import { createOutboxRelay, type OutboxRelay } from '../../../../packages/event-log/outbox/outboxRelay'
import { createLog } from '../../../../packages/platform/log'
import { RequestEndedError, runInScope } from '../../../../packages/platform/request/requestScope'
import { waitUntil } from '../../../support/processes'
import { recordCommands, testDatabaseName, testMongodbUri } from '../../../support/subgraph'
import { consumeFromNow, consume, idsOf, store, waitFor, type Kept } from '../support'
import { openThings, type Things } from './testDocuments'

const log = createLog('relay', 'silent')
const uri = testMongodbUri()
let database: string
const opened: Things[] = []
const relays: OutboxRelay[] = []

beforeEach(() => {
  database = testDatabaseName('relay')
})
afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.close()))
  await Promise.all(opened.splice(0).map((things) => things.close()))
  for (const name of [database, `${database}_feed`]) {
    const connection = await openDatabase(uri, name)
    await connection.dropDatabase()
    await connection.close()
  }
})

async function open(options?: Parameters<typeof openThings>[2]): Promise<Things> {
  const things = await openThings(uri, database, options)
  opened.push(things)
  return things
}

function relayOf(things: Things): OutboxRelay {
  const relay = things.openRelay()
  relay.start()
  relays.push(relay)
  return relay
}

/** Follows the things from now on; `handled` has every event as often as it came. */
async function watch(things: Things): Promise<{ kept: Kept; handled: string[] }> {
  const kept = await consumeFromNow(things.feed)
  const handled: string[] = []
  consume(things.feed, kept, {
    async handle(events, position) {
      handled.push(...idsOf(events))
      store(kept, events, position)
    },
  })
  return { kept, handled }
}

const sequencesOf = (kept: Kept, entity: string): number[] =>
  kept.events.filter((event) => event.entity === entity).map(({ sequence }) => sequence)

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1)

it('what is written with a change comes out of the feed, and the document keeps nothing of it', async () => {
  const things = await open()
  const { kept } = await watch(things)
  const relay = relayOf(things)
  await things.add('a')
  relay.publishPendingEvents('a')
  await things.grow('a')
  await things.double('a')
  relay.publishPendingEvents('a')
  await waitFor(kept, 3)
  const at = '2026-01-02T03:04:05.678Z'
  const id = expect.stringMatching(/^[0-9a-f-]{36}$/)
  expect(kept.events).toEqual([
    { id, type: 'thing.added', entity: 'a', sequence: 1, at, data: {} },
    { id, type: 'thing.grown', entity: 'a', sequence: 2, at, data: { by: 1, note: '$size' } },
    { id, type: 'thing.doubled', entity: 'a', sequence: 3, at, data: { 'a.$b': {} } },
  ])
  await relay.close()
  expect(await things.stored()).toEqual([{ _id: 'a', size: 2, eventSequence: 3 }])
})

it('what nobody has triggered is found', async () => {
  const things = await open()
  const { kept } = await watch(things)
  for (const id of ['a', 'b', 'c']) await things.add(id)
  relayOf(things)
  await waitFor(kept, 3)
})

it('publishes events of a request whose deadline has passed', async () => {
  const things = await open({ sweepEvery: 60_000 })
  const { kept } = await watch(things)
  const relay = relayOf(things)
  await things.add('a')
  relay.publishPendingEvents('a')
  await waitFor(kept, 1)
  await things.add('b')
  await things.add('c')
  const signal = AbortSignal.abort(new RequestEndedError())
  runInScope({ deadline: 0, signal }, () => relay.publishPendingEvents('b', 'c'))
  await waitFor(kept, 3)
})

it('two relays at once publish everything once, and each entity in order', async () => {
  const [one, other] = [await open({ sweepEvery: 20 }), await open({ sweepEvery: 20 })]
  const { kept, handled } = await watch(one)
  const pair = [
    { things: one, relay: relayOf(one) },
    { things: other, relay: relayOf(other) },
  ] as const
  const ids = ['a', 'b', 'c', 'd']
  for (const id of ids) await one.add(id)
  await Promise.all(
    pair.map(async ({ things, relay }) => {
      for (let round = 0; round < 25; round++) {
        for (const id of ids) {
          await things.grow(id)
          relay.publishPendingEvents(...ids)
        }
      }
    }),
  )
  await waitFor(kept, 204)
  for (const id of ids) expect(sequencesOf(kept, id)).toEqual(upTo(51))
  expect(handled).toHaveLength(204)
})

it('what another process adds to a claimed document is published by the one with the claim', async () => {
  const things = await open()
  const { kept } = await watch(things)
  await things.add('a')
  const claim = await things.outbox.claim(['a'])
  await things.grow('a')
  expect((await things.outbox.claim(['a'])).events.size).toBe(0)
  await things.outbox.clear(claim)
  const rest = await things.outbox.claim(['a'])
  expect(rest.events.get('a')).toMatchObject([{ type: 'thing.grown', sequence: 2 }])
  expect(kept.events).toEqual([])
})

it('a relay that ends between publishing and clearing: the events come at least once, in order', async () => {
  const things = await open({ claimFor: 100, sweepEvery: 20 })
  const { kept } = await watch(things)
  await things.add('a')
  await things.grow('a')
  let published = 0
  const ending = createOutboxRelay({
    eventLog: things.feed,
    topic: 'things',
    log,
    outbox: {
      ...things.outbox,
      clear: async () => {
        published++
        throw new Error('the process ends here')
      },
    },
  })
  ending.start()
  await waitUntil('it has published', () => published > 0)
  await ending.close()
  relayOf(things)
  await waitUntil('nothing waits', async () => (await things.outbox.claim()).events.size === 0)
  await things.grow('a')
  await waitFor(kept, 3)
  expect(sequencesOf(kept, 'a')).toEqual([1, 2, 3])
})

it('a late clear of a claim that has lapsed leaves the next claim alone', async () => {
  const things = await open({ claimFor: 0 })
  await things.add('a')
  const late = await things.outbox.claim(['a'])
  let next = await things.outbox.claim(['a'])
  await waitUntil('the claim has lapsed', async () => {
    if (next.events.size === 0) next = await things.outbox.claim(['a'])
    return next.events.size === 1
  })
  await things.grow('a')
  await things.outbox.clear(late)
  const [document] = await things.stored()
  expect(document?.relay?.token).toBe(next.token)
  expect(document?.pendingEvents).toHaveLength(1)
})

it('a sweep that finds nothing is one command', async () => {
  const things = await open()
  for (let number = 0; number < 20; number++) await things.add(`thing${number}`)
  const all = await things.outbox.claim()
  await things.outbox.clear(all)
  const commands = await recordCommands(things.connection, () => things.outbox.claim())
  expect(commands).toEqual(['find'])
  const plan = await things.connection
    .collection('things')
    .find({ 'pendingEvents.id': { $exists: true } })
    .explain('executionStats')
  expect(plan).toMatchObject({ executionStats: { totalKeysExamined: 0, totalDocsExamined: 0 } })
})

/** A process of its own that changes things and relays them, and kills itself at a command to either database. */
const program = `
  const [uri, database, moment] = process.argv.slice(1)
  const mongoose = require('mongoose')
  const { openDatabase } = require('./packages/subgraph-kit/mongo/database')
  const { openEventLog } = require('./packages/event-log/openEventLog')
  const { createPendingEvent } = require('./packages/event-log/outbox/outbox')
  const { createDocumentOutbox, pushEvents } = require('./packages/event-log/mongo/documentOutbox')
  const { createOutboxRelay } = require('./packages/event-log/outbox/outboxRelay')
  const { createLog } = require('./packages/platform/log')
  async function main() {
    const log = createLog('relay', 'silent')
    const connection = await openDatabase(uri, database)
    const eventLog = await openEventLog({ mongodbUri: uri, database: database + '_feed', log })
    const outbox = createDocumentOutbox(connection, 'things', 300)
    let moments = 0
    const note = ({ commandName }) => {
      if (!['insert', 'update'].includes(commandName)) return
      if (++moments > Number(moment)) process.kill(process.pid, 'SIGKILL')
    }
    for (const each of mongoose.connections) {
      if (each.readyState !== 1) continue
      each.getClient().on('commandStarted', note)
      each.getClient().on('commandSucceeded', note)
    }
    const relay = createOutboxRelay({ eventLog, topic: 'things', outbox, log, sweepIntervalMs: 50 })
    relay.start()
    const things = connection.collection('things')
    for (;;) {
      await Promise.all(['a', 'b'].map((_id) =>
        things.updateOne({ _id }, pushEvents(createPendingEvent('thing.grown', {}, new Date())), { upsert: true })))
      relay.publishPendingEvents('a', 'b')
    }
  }
  main()
`

async function runUntilKilled(moment: number): Promise<void> {
  const child = spawn(process.execPath, ['-e', program, uri, database, String(moment)], {
    cwd: join(projectRoot, 'dist'),
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [, signal] = await once(child, 'exit')
  expect(signal).toBe('SIGKILL')
}

const kills = process.env['FULL'] ? 16 : 4

it(`two processes are killed at their commands, ${kills} times: every event that was written comes, in order`, async () => {
  const things = await open({ claimFor: 300, sweepEvery: 50 })
  const { kept, handled } = await watch(things)
  for (let kill = 0; kill < kills; kill += 2) {
    await Promise.all([runUntilKilled(4 + kill), runUntilKilled(7 + kill + (kill % 5))])
  }
  relayOf(things)
  await waitUntil('nothing waits', async () =>
    (await things.stored()).every(({ pendingEvents }) => pendingEvents === undefined),
  )
  const written = await things.stored()
  await waitFor(
    kept,
    written.reduce((sum, { eventSequence = 0 }) => sum + eventSequence, 0),
  )
  expect(written).toHaveLength(2)
  for (const { _id, eventSequence = 0 } of written) {
    expect(sequencesOf(kept, _id)).toEqual(upTo(eventSequence))
  }
  // The feed itself leaves out what it has already.
  expect(handled).toHaveLength(kept.events.length)
}, 120_000)
