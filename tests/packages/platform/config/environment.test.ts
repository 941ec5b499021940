import { z } from 'zod'

import { readConfig, variable } from '../../../../packages/platform/config/environment'

const shape = z.object({
  PORT: variable.port(4000),
  LIMIT: z.coerce.number().int().positive().default(5),
  LOG_LEVEL: variable.logLevel(),
  DEMO: variable.flag().optional(),
  MONGODB_URI: variable.mongodbUri(),
})
const MONGODB_URI = 'mongodb://localhost/'

test('treats an empty variable as not set', () => {
  const variables = { PORT: '', LIMIT: '', LOG_LEVEL: '', DEMO: '', MONGODB_URI }
  expect(readConfig(shape, variables)).toEqual({ PORT: 4000, LIMIT: 5, LOG_LEVEL: 'info', MONGODB_URI })
})

test('lists every error with messages about variables', () => {
  const variables = { PORT: 'abc', LIMIT: '0', LOG_LEVEL: 'loud', DEMO: 'maybe', MONGODB_URI: '' }
  expect(() => readConfig(shape, variables)).toThrow(
    [
      'The configuration is wrong:',
      '  PORT: must be a whole number',
      '  LIMIT: must be more than 0',
      '  LOG_LEVEL: must be one of trace, debug, info, warn, error, fatal, silent',
      '  DEMO: must be true or false',
      '  MONGODB_URI: is not set',
    ].join('\n'),
  )
})

test.each([
  ['40.5', 'must be a whole number'],
  ['70000', 'must be at most 65535'],
  ['-1', 'must be at least 0'],
])('rejects the port %s: %s', (PORT, message) => {
  expect(() => readConfig(shape, { PORT, MONGODB_URI })).toThrow(`  PORT: ${message}`)
})
