import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'

import { openEventLog, type EventLog } from '../../../../packages/event-log'
import { createLog } from '../../../../packages/platform/log'
import { isNatsInstalled, startNats, startNatsCluster } from '../../../support/nats'
import { waitUntil } from '../../../support/processes'
import { testMongodbUri, testDatabaseName } from '../../../support/subgraph'
import { consume, consumeFromNow, createConsumerState, createEntity, toIds, waitFor } from '../support'

const log = createLog('event-log', process.env['LOG_LEVEL'] ?? 'silent')
const openLog = (url: string, database: string) =>
  openEventLog({ url, startsWithoutServer: true, mongodbUri: testMongodbUri(), database, log })

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})
const opened = <Resource extends { close(): Promise<unknown> }>(resource: Resource): Resource => {
  closers.push(() => resource.close())
  return resource
}

const describeIfInstalled = isNatsInstalled ? describe : describe.skip
const itIfFull = process.env['FULL'] ? it : it.skip

describeIfInstalled('the event log without its NATS server', () => {
  it('opens, says that it is not reachable, and catches up when the server starts', async () => {
    const nats = opened(await startNats())
    await nats.stop()
    const eventLog = opened(await openLog(nats.url, testDatabaseName('late')))
    expect(await eventLog.isReachable()).toBe(false)
    await expect(eventLog.publish('things', createEntity('early').some(1))).rejects.toThrow(
      'has not responded yet',
    )
    const state = createConsumerState()
    consume(eventLog, state)

    await nats.restart()
    await waitUntil('it is reachable', () => eventLog.isReachable())
    await waitUntil('the consumer has started', () => state.rebuilds === 1)
    await eventLog.publish('things', createEntity('late').some(2))
    await waitFor(state, 2)
  })

  it('does not open where the server is required', async () => {
    const nats = opened(await startNats())
    await nats.stop()
    await expect(
      openEventLog({ url: nats.url, mongodbUri: testMongodbUri(), database: 'none', log }),
    ).rejects.toThrow(/The event log at 127\.0\.0\.1:\d+ cannot be reached/)
  })

  it('closes while it waits for the server', async () => {
    const nats = opened(await startNats())
    await nats.stop()
    const eventLog = await openLog(nats.url, testDatabaseName('closed'))
    consume(eventLog, createConsumerState())
    await eventLog.close()
  })
})

/** Publishes as the outbox relay does: the same events again, until they are acknowledged. @returns how long it took */
async function publishUntilAcknowledged(
  eventLog: EventLog,
  events: Parameters<EventLog['publish']>[1],
): Promise<number> {
  const startedAt = performance.now()
  await waitUntil('the events are acknowledged', () =>
    eventLog.publish('things', events).then(
      () => true,
      () => false,
    ),
  )
  return Math.round(performance.now() - startedAt)
}

describeIfInstalled('the event log in a NATS cluster of three servers', () => {
  itIfFull(
    'loses no event when each server is killed, and when each server has lost its store',
    async () => {
      const cluster = opened(await startNatsCluster())
      const database = testDatabaseName('cluster')
      const eventLog = opened(await openLog(cluster.url, database))
      const entity = createEntity('clustered')
      const published = entity.some(10)
      await publishUntilAcknowledged(eventLog, published)
      const servers = cluster.url.split(',').map((url) => new URL(url).host)
      const connection = opened(await connect({ servers, maxReconnectAttempts: -1 }))
      const { streams } = await jetstreamManager(connection)
      const readStream = () => streams.info(`${database}_things`)
      await waitUntil(
        'the topic has three copies',
        async () => (await readStream()).config.num_replicas === 3,
      )
      published.length = 0
      const state = await consumeFromNow(eventLog)
      consume(eventLog, state)

      const waits: string[] = []
      for (const wipe of [false, true]) {
        for (const index of [0, 1, 2]) {
          const leader = (await readStream()).cluster?.leader
          await cluster.kill(index, { wipe })
          const events = entity.some(20)
          const waitMs = await publishUntilAcknowledged(eventLog, events)
          waits.push(`${waitMs} ms${leader === `server-${index}` ? ' (leader)' : ''}`)
          published.push(...events)
          await cluster.start(index)
          await waitUntil('all copies are current', async () => {
            // A server that was killed as the leader does not respond until another one is elected.
            const group = (await readStream().catch(() => undefined))?.cluster
            return group?.replicas?.length === 2 && group.replicas.every(({ current }) => current)
          })
        }
      }
      console.log(`Publishing again after ${waits.join(', ')}`)
      await waitFor(state, published.length)
      expect(toIds(state.events)).toEqual(toIds(published))
      // The other servers elect a leader first, which begins 4 s to 9 s after its last heartbeat.
      const isTooLong = (wait: string) =>
        Number.parseInt(wait, 10) > (wait.includes('leader') ? 15_000 : 5_000)
      expect(waits.filter(isTooLong)).toEqual([])
    },
    300_000,
  )
})
