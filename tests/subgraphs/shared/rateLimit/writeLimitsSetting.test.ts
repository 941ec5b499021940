import { z } from 'zod'

import { readConfig } from '../../../../subgraphs/shared/env'
import { openTools, toolsShape } from '../../../../subgraphs/shared/subgraph/tools'
import { consume, tenPerMinute } from '../../../support/rateLimiterContract'
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
  const config = readConfig(z.object({ ...toolsShape, MONGODB_DATABASE: z.string() }), {
    MONGODB_URI: testMongodbUri(),
    MONGODB_DATABASE: database,
    FEED_DATABASE: `${database}_feed`,
    ROUTER_SECRET: routerSecret,
    LOG_LEVEL: 'silent',
    ...environment,
  })
  const closers: (() => unknown)[] = []
  const tools = await openTools('posts', config, (close) => void closers.unshift(close))
  try {
    const firstRefused = async (limiter: typeof tools.limiter, key: string) => {
      for (let attempt = 1; attempt <= 20; attempt++) {
        if ((await consume(limiter, tenPerMinute, key)) !== undefined) return attempt
      }
      return 0
    }
    expect({
      writes: await firstRefused(tools.writeLimiter, 'writes'),
      passwords: await firstRefused(tools.limiter, 'passwords'),
    }).toEqual(refusedAt)
  } finally {
    await tools.connection.dropDatabase()
    await tools.connection.useDb(`${database}_feed`).dropDatabase()
    for (const close of closers) await close()
  }
})
