import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { projectRoot } from '../../../packages/platform/config/projectRoot'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { waitUntil } from '../../support/processes'
import { routerSecret, testDatabaseName, testMongodbUri } from '../../support/subgraph'

function start(environment: Record<string, string>) {
  const child = spawn(process.execPath, [join(projectRoot, 'dist/subgraphs/posts/index.js')], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
  })
  let output = ''
  // Unlike `exit`, it follows the last output.
  const ended = once(child, 'close')
  const listening = new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString()
      const url = /"url":"([^"]+)"/.exec(output)?.[1]
      if (url) resolve(url)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    void ended.then(() => reject(new Error(output)))
  })
  return {
    listening,
    stop: async (): Promise<unknown> => {
      child.kill('SIGTERM')
      const [code]: unknown[] = await ended
      return code
    },
  }
}

const good = {
  PORT: '0',
  MONGODB_URI: testMongodbUri(),
  MONGODB_DATABASE: testDatabaseName('posts_start'),
  ROUTER_SECRET: routerSecret,
}

afterAll(async () => {
  const connection = await openDatabase(good.MONGODB_URI, good.MONGODB_DATABASE)
  await connection.dropDatabase()
  await connection.close()
})

it('starts without its peers, serves only the router, and ends on a signal', async () => {
  const posts = start(good)
  const url = await posts.listening
  expect((await fetch(`${url}/health/live`)).status).toBe(200)
  expect((await fetch(`${url}/health/ready`)).status).toBe(200)
  for (const query of ['{ posts { totalCount } }', '{ _service { sdl } }']) {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    })
    expect(response.status).toBe(401)
  }
  expect(await posts.stop()).toBe(0)
})

it('reports not ready for DRAIN_MS before it stops listening', async () => {
  const posts = start({ ...good, DRAIN_MS: '5000' })
  const url = await posts.listening
  const stopped = posts.stop()
  await waitUntil('it is not ready', async () => (await fetch(`${url}/health/ready`)).status === 503)
  const response = await fetch(`${url}/health/live`)
  expect(response.status).toBe(200)
  expect(response.headers.get('connection')).toBe('close')
  expect(await stopped).toBe(0)
})

it('reports every configuration error and exits', async () => {
  const wrong = {
    PORT: '70000',
    MONGODB_URI: 'postgres://db',
    ROUTER_SECRET: 'short',
    EVENTS_URL: 'nonsense',
  }
  await expect(start(wrong).listening).rejects.toThrow(
    /MONGODB_URI: must begin with mongodb[^]*ROUTER_SECRET: must be at least 32 bytes/,
  )
})

it('reports an unreachable database and exits', async () => {
  const unreachable = {
    ...good,
    MONGODB_URI: 'mongodb://user:hidden@127.0.0.1:9/?serverSelectionTimeoutMS=100',
  }
  const failed = start(unreachable).listening
  await expect(failed).rejects.toThrow('cannot be reached')
  await expect(failed).rejects.not.toThrow('hidden')
})
