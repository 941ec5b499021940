import type { Connection } from 'mongoose'

import { openDatabase } from '../../../../packages/subgraph-kit/mongo/database'
import {
  createMongoRateLimiter,
  type MongoRateLimiter,
} from '../../../../packages/subgraph-kit/mongo/mongoRateLimiter'
import { waitUntil } from '../../../support/processes'
import { consumePoints, describeRateLimiter, tenPerMinute } from '../../../support/rateLimiterContract'
import { recordCommands, testDatabaseName, testMongodbUri } from '../../../support/subgraph'

describeRateLimiter('createMongoRateLimiter, in two processes', async (now) => {
  const database = testDatabaseName('rate_limit')
  const open = () => openDatabase(testMongodbUri(), database)
  const connections = await Promise.all([open(), open()])
  const limiters = connections.map((connection) => createMongoRateLimiter(connection, now))
  for (const limiter of limiters) await limiter.prepare()
  return {
    limiters,
    close: async () => {
      for (const limiter of limiters) await limiter.close()
      await connections[0].dropDatabase()
      await Promise.all(connections.map((connection) => connection.close()))
    },
  }
})

describe('createMongoRateLimiter', () => {
  let time = Date.now()
  let connection: Connection
  let limiter: MongoRateLimiter
  const stored = () => connection.collection('rate_limits').find().toArray()

  beforeAll(async () => {
    connection = await openDatabase(testMongodbUri(), testDatabaseName('rate_limit'))
    const countSuccess = jest.fn()
    limiter = createMongoRateLimiter(connection, () => new Date(time), {
      countSuccess,
      countFailure: jest.fn(),
    })
    await limiter.prepare()
    await waitUntil('the first sweep has ended', () => countSuccess.mock.calls.length > 0)
  })
  afterAll(async () => {
    await limiter.close()
    await connection.dropDatabase()
    await connection.close()
  })

  it('checks several limits with one command, for new and existing keys', async () => {
    const charges = ['viewer', '192.0.2.1'].map((key) => ({ limit: tenPerMinute, key }))
    for (let count = 0; count < 2; count++) {
      expect(await recordCommands(connection, () => limiter.consumeAll(charges))).toEqual(['update'])
    }
  })

  it('stores keys as hashes', async () => {
    await consumePoints(limiter, tenPerMinute, 'ada@example.org')
    expect(JSON.stringify(await stored())).not.toContain('ada')
  })

  it('deletes full buckets once it is prepared', async () => {
    await consumePoints(limiter, tenPerMinute, 'forgotten')
    time += 60_000
    await limiter.prepare()
    await waitUntil('the buckets are deleted', async () => (await stored()).length === 0)
  })
})
