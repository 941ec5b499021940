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
import { consumeFromNow, consume, toIds, storeEvents, waitFor, type ConsumerState } from '../support'
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

function startRelay(things: Things): OutboxRelay {
  const relay = things.openRelay()
  relay.start()
  relays.push(relay)
  return relay
}

/** Consumes new events; `handled` contains every event as often as it was delivered. */
async function watch(things: Things): Promise<{ state: ConsumerState; handled: string[] }> {
  const state = await consumeFromNow(things.eventLog)
  const handled: string[] = []
  consume(things.eventLog, state, {
    async handle(events, position) {
      handled.push(...toIds(events))
      storeEvents(state, events, position)
    },
  })
  return { state, handled }
}

const listSequences = (state: ConsumerState, entity: string): number[] =>
  state.events.filter((event) => event.entity === entity).map(({ sequence }) => sequence)

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1)

it('publishes the events of a change, and removes them from the document', async () => {
  const things = await open()
  const { state } = await watch(things)
  const relay = startRelay(things)
  await things.add('a')
  relay.publishPendingEvents('a')
  await things.grow('a')
  await things.double('a')
  relay.publishPendingEvents('a')
  await waitFor(state, 3)
  const at = '2026-01-02T03:04:05.678Z'
  const id = expect.stringMatching(/^[0-9a-f-]{36}$/)
  expect(state.events).toEqual([
    { id, type: 'thing.added', entity: 'a', sequence: 1, at, data: {} },
    { id, type: 'thing.grown', entity: 'a', sequence: 2, at, data: { by: 1, note: '$size' } },
    { id, type: 'thing.doubled', entity: 'a', sequence: 3, at, data: { 'a.$b': {} } },
  ])
  await relay.close()
  expect(await things.findStored()).toEqual([{ _id: 'a', size: 2, eventSequence: 3 }])
})

it('publishes the events of several documents in the order in which they were scheduled', async () => {
  const things = await open()
  const { state } = await watch(things)
  const ids = ['c', 'a', 'd', 'b']
  for (const id of ids) await things.add(id)
  const relay = things.openRelay()
  relays.push(relay)
  relay.publishPendingEvents(...ids)
  relay.start()
  await waitFor(state, ids.length)
  expect(state.events.map(({ entity }) => entity)).toEqual(ids)
})

it('finds pending events without being triggered', async () => {
  const things = await open()
  const { state } = await watch(things)
  for (const id of ['a', 'b', 'c']) await things.add(id)
  startRelay(things)
  await waitFor(state, 3)
})

it('publishes events of a request whose deadline has passed', async () => {
  const things = await open({ sweepIntervalMs: 60_000 })
  const { state } = await watch(things)
  const relay = startRelay(things)
  await things.add('a')
  relay.publishPendingEvents('a')
  await waitFor(state, 1)
  await things.add('b')
  await things.add('c')
  const signal = AbortSignal.abort(new RequestEndedError())
  runInScope({ deadline: 0, signal }, () => relay.publishPendingEvents('b', 'c'))
  await waitFor(state, 3)
})

it('publishes every event once and in order per entity with two concurrent relays', async () => {
  const [one, other] = [await open({ sweepIntervalMs: 20 }), await open({ sweepIntervalMs: 20 })]
  const { state, handled } = await watch(one)
  const pair = [
    { things: one, relay: startRelay(one) },
    { things: other, relay: startRelay(other) },
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
  await waitFor(state, 204)
  for (const id of ids) expect(listSequences(state, id)).toEqual(upTo(51))
  expect(handled).toHaveLength(204)
})

it('returns an event that another process added to a claimed document with the next claim', async () => {
  const things = await open()
  const { state } = await watch(things)
  await things.add('a')
  const claim = await things.outbox.claim(['a'])
  await things.grow('a')
  expect((await things.openOutbox().claim(['a'])).events.size).toBe(0)
  await things.outbox.clear(claim)
  const rest = await things.outbox.claim(['a'])
  expect(rest.events.get('a')).toMatchObject([{ type: 'thing.grown', sequence: 2 }])
  expect(state.events).toEqual([])
})

it('delivers events at least once and in order after a relay ends between publishing and clearing', async () => {
  const things = await open({ claimTtlMs: 100, sweepIntervalMs: 20 })
  const { state } = await watch(things)
  await things.add('a')
  await things.grow('a')
  let published = 0
  const crashingRelay = createOutboxRelay({
    eventLog: things.eventLog,
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
  crashingRelay.start()
  await waitUntil('the relay has published', () => published > 0)
  await crashingRelay.close()
  startRelay(things)
  await waitUntil('no event is pending', async () =>
    (await things.findStored()).every(({ pendingEvents }) => pendingEvents === undefined),
  )
  await things.grow('a')
  await waitFor(state, 3)
  expect(listSequences(state, 'a')).toEqual([1, 2, 3])
})

it('claims events again whose publication has failed', async () => {
  const things = await open()
  await things.add('a')
  const failed = await things.outbox.claim()
  await things.grow('a')
  const repeated = await things.outbox.claim()
  expect(failed.events.get('a')).toHaveLength(1)
  expect(repeated.events.get('a')).toMatchObject([{ sequence: 1 }, { sequence: 2 }])
})

it('keeps the next claim when an expired one is cleared late', async () => {
  const things = await open({ claimTtlMs: 0 })
  await things.add('a')
  const late = await things.outbox.claim(['a'])
  const other = things.openOutbox()
  let next = await other.claim(['a'])
  await waitUntil('the claim has expired', async () => {
    if (next.events.size === 0) next = await other.claim(['a'])
    return next.events.size === 1
  })
  await things.grow('a')
  await things.outbox.clear(late)
  const [document] = await things.findStored()
  expect(document?.relay?.token).toBe(next.token)
  expect(document?.pendingEvents).toHaveLength(1)
})

it('sweeps an empty outbox with one command', async () => {
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

/** A process that changes things and relays their events, and kills itself at a command to either database. */
const program = `
  const [uri, database, maxCommands] = process.argv.slice(1)
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
    let commands = 0
    const countCommand = ({ commandName }) => {
      if (!['insert', 'update'].includes(commandName)) return
      if (++commands > Number(maxCommands)) process.kill(process.pid, 'SIGKILL')
    }
    for (const each of mongoose.connections) {
      if (each.readyState !== 1) continue
      each.getClient().on('commandStarted', countCommand)
      each.getClient().on('commandSucceeded', countCommand)
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

async function runUntilKilled(maxCommands: number): Promise<void> {
  const child = spawn(process.execPath, ['-e', program, uri, database, String(maxCommands)], {
    cwd: join(projectRoot, 'dist'),
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [, signal] = await once(child, 'exit')
  expect(signal).toBe('SIGKILL')
}

const kills = process.env['FULL'] ? 16 : 4

it(`delivers every written event in order although two processes are killed at their commands, ${kills} times`, async () => {
  const things = await open({ claimTtlMs: 300, sweepIntervalMs: 50 })
  const { state, handled } = await watch(things)
  for (let kill = 0; kill < kills; kill += 2) {
    await Promise.all([runUntilKilled(4 + kill), runUntilKilled(7 + kill + (kill % 5))])
  }
  startRelay(things)
  await waitUntil('no event is pending', async () =>
    (await things.findStored()).every(({ pendingEvents }) => pendingEvents === undefined),
  )
  const written = await things.findStored()
  await waitFor(
    state,
    written.reduce((sum, { eventSequence = 0 }) => sum + eventSequence, 0),
  )
  expect(written).toHaveLength(2)
  for (const { _id, eventSequence = 0 } of written) {
    expect(listSequences(state, _id)).toEqual(upTo(eventSequence))
  }
  // The event log itself ignores duplicates.
  expect(handled).toHaveLength(state.events.length)
})
