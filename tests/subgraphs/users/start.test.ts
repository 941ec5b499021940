import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { projectRoot } from '../../../packages/platform/config/projectRoot'
import { ConfigError, readConfig } from '../../../packages/platform/config/environment'
import { configShape, readMailDelivery } from '../../../subgraphs/users/config'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { routerSecret, testDatabaseName, testMongodbUri } from '../../support/subgraph'
import { keys, newKey } from './support'

const pem = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const needed = { MONGODB_URI: 'mongodb://127.0.0.1', ROUTER_SECRET: routerSecret, JWT_PRIVATE_KEY: pem }

/** Returns the configuration errors, without the first line of the message. */
function listConfigErrors(environment: NodeJS.ProcessEnv): string[] {
  try {
    readConfig(configShape, environment)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim())
  }
}

describe('the configuration', () => {
  test('has defaults for all but three settings', () => {
    const { JWT_PRIVATE_KEY, ...config } = readConfig(configShape, needed)
    expect(JWT_PRIVATE_KEY.equals(keys.privateKey)).toBe(true)
    expect(config).toEqual({
      PORT: 4001,
      HOST: '127.0.0.1',
      MONGODB_URI: 'mongodb://127.0.0.1',
      MONGODB_DATABASE: 'agora_users',
      EVENTS_URL: 'http://127.0.0.1:4002/graphql',
      POSTS_URL: 'http://127.0.0.1:4003/graphql',
      COMMENTS_URL: 'http://127.0.0.1:4004/graphql',
      ROUTER_SECRET: routerSecret,
      WRITE_LIMITS: true,
      EMAIL_VERIFICATION: 'optional',
      LOG_LEVEL: 'info',
      DRAIN_MS: 0,
      EVENT_LOG_DATABASE: 'agora_feed',
      JWT_ISSUER: 'agora',
      JWT_AUDIENCE: 'agora',
      PASSWORD_SIGN_IN: true,
      NODE_ENV: 'development',
      SLOW_MS: 500,
      OTEL_SDK_DISABLED: false,
      OTEL_TRACES_SAMPLER: 'parentbased_always_on',
      OTEL_TRACES_SAMPLER_ARG: 1,
    })
  })

  test('leads the links of mails in development to the example application', () => {
    const delivery = readMailDelivery(readConfig(configShape, needed))
    expect(delivery).toEqual({ kind: 'kept', appUrl: 'http://localhost:5173' })
  })

  test('accepts a key with escaped line breaks and a previous key', () => {
    const previous = newKey().publicKey
    const config = readConfig(configShape, {
      ...needed,
      JWT_PRIVATE_KEY: pem.replaceAll('\n', '\\n'),
      JWT_PREVIOUS_PUBLIC_KEY: previous.export({ type: 'spki', format: 'pem' }).toString(),
    })
    expect(config.JWT_PRIVATE_KEY.equals(keys.privateKey)).toBe(true)
    expect(config.JWT_PREVIOUS_PUBLIC_KEY?.equals(previous)).toBe(true)
  })

  test.each<[string, NodeJS.ProcessEnv, string]>([
    ['an invalid key', { JWT_PRIVATE_KEY: 'x' }, 'JWT_PRIVATE_KEY: must be a private key for ES256'],
    [
      'a public key in place of the private key',
      { JWT_PRIVATE_KEY: keys.publicKey.export({ type: 'spki', format: 'pem' }).toString() },
      'JWT_PRIVATE_KEY: must be a private key for ES256',
    ],
    [
      'an SMTP server without a sender',
      { SMTP_URL: 'smtp://localhost', APP_URL: 'http://a' },
      'MAIL_FROM: is not set',
    ],
    [
      'an invalid SMTP server',
      { SMTP_URL: 'localhost:25', MAIL_FROM: 'a@b', APP_URL: 'http://a' },
      'SMTP_URL: must begin with smtp:// or smtps://',
    ],
    ['a sender without an address', { MAIL_FROM: 'Agora <>' }, 'MAIL_FROM: must be an email address'],
    [
      'required verification without mail in production',
      { EMAIL_VERIFICATION: 'required', NODE_ENV: 'production' },
      'EMAIL_VERIFICATION: needs SMTP_URL in production',
    ],
    ['a short secret', { ROUTER_SECRET: 'x' }, 'ROUTER_SECRET: must be at least 32 bytes long'],
    ['an administrator without a password', { ADMIN_EMAIL: 'a@b.c' }, 'ADMIN_PASSWORD: is not set'],
    ['an administrator without an address', { ADMIN_PASSWORD: '12345678' }, 'ADMIN_EMAIL: is not set'],
    [
      'an administrator with a short password',
      { ADMIN_EMAIL: 'a@b.c', ADMIN_PASSWORD: '1234567' },
      'ADMIN_PASSWORD: must have 8 to 256 characters',
    ],
  ])('rejects %s', (_, environment, problem) => {
    expect(listConfigErrors({ ...needed, ...environment })).toEqual([expect.stringContaining(problem)])
  })
})

const entry = join(projectRoot, 'dist/subgraphs/users/index.js')
const { PATH } = process.env

test('reports every configuration error and exits with status 1', async () => {
  const child = execFile(process.execPath, [entry], { env: { PATH } })
  let output = ''
  child.stderr?.on('data', (text: string) => (output += text))
  const [code] = (await once(child, 'close')) as [number]
  expect(code).toBe(1)
  for (const name of ['MONGODB_URI', 'ROUTER_SECRET', 'JWT_PRIVATE_KEY']) {
    expect(output).toContain(`${name}: is not set`)
  }
})

/** Returns the URL in the log line that reports that the server is listening. */
async function readListeningUrl(log: NodeJS.ReadableStream): Promise<string> {
  const lines: string[] = []
  for await (const line of createInterface(log)) {
    lines.push(line)
    const { url, msg } = JSON.parse(line) as { url?: string; msg: string }
    if (msg === 'Listening' && url) return url
  }
  throw new Error(`The server did not start to listen: ${lines.join(' ')}`)
}

test('serves keys and health after the start and stops on SIGTERM', async () => {
  const database = testDatabaseName('users_start')
  const env = {
    PATH,
    ...needed,
    MONGODB_URI: testMongodbUri(),
    MONGODB_DATABASE: database,
    EVENT_LOG_DATABASE: `${database}_feed`,
    PORT: '0',
    ADMIN_EMAIL: 'admin@agora.example',
    ADMIN_PASSWORD: 'the first administrator',
  }
  const child = spawn(process.execPath, [entry], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const url = await readListeningUrl(child.stdout)
    for (const path of ['/health/live', '/health/ready', '/.well-known/jwks.json']) {
      expect((await fetch(`${url}${path}`)).status).toBe(200)
    }
    const connection = await openDatabase(testMongodbUri(), database)
    expect(await connection.collection('users').countDocuments({ role: 'ADMIN' })).toBe(1)
    child.kill('SIGTERM')
    expect((await once(child, 'exit'))[0]).toBe(0)
    await connection.dropDatabase()
    await connection.useDb(`${database}_feed`).dropDatabase()
    await connection.close()
  } finally {
    child.kill('SIGKILL')
  }
})
