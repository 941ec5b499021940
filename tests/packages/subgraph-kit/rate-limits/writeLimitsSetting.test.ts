import { z } from 'zod'

import { readConfig } from '../../../../packages/platform/config/environment'
import { openSubgraphResources } from '../../../../packages/subgraph-kit/server/resources'
import { resourcesConfigShape } from '../../../../packages/subgraph-kit/config'
import { consumePoints, tenPerMinute } from '../../../support/rateLimiterContract'
import { routerSecret, testDatabaseName, testMongodbUri } from '../../../support/subgraph'

it.each([
  ['limits writes by default', {}, { writes: 11, passwords: 11 }],
  [
    'disables the limits of writes alone when it is false',
    { WRITE_LIMITS: 'false' },
    { writes: 0, passwords: 11 },
  ],
])('WRITE_LIMITS %s', async (_, environment, refusedAt) => {
  const database = testDatabaseName('tools')
  const config = readConfig(z.object({ ...resourcesConfigShape, MONGODB_DATABASE: z.string() }), {
    MONGODB_URI: testMongodbUri(),
    MONGODB_DATABASE: database,
    EVENT_LOG_DATABASE: `${database}_feed`,
    ROUTER_SECRET: routerSecret,
    LOG_LEVEL: 'silent',
    ...environment,
  })
  const closers: (() => unknown)[] = []
  const tools = await openSubgraphResources('posts', config, (close) => void closers.unshift(close))
  try {
    const firstRefused = async (limiter: typeof tools.rateLimiter, key: string) => {
      for (let attempt = 1; attempt <= 20; attempt++) {
        if ((await consumePoints(limiter, tenPerMinute, key)) !== undefined) return attempt
      }
      return 0
    }
    expect({
      writes: await firstRefused(tools.writeLimiter, 'writes'),
      passwords: await firstRefused(tools.rateLimiter, 'passwords'),
    }).toEqual(refusedAt)
  } finally {
    await tools.connection.dropDatabase()
    await tools.connection.useDb(`${database}_feed`).dropDatabase()
    for (const close of closers) await close()
  }
})
