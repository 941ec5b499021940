import { readFileSync } from 'node:fs'
import { request as send } from 'undici'

import { configShape } from '../../../router/config'
import { createRouterOptions } from '../../../router/routerOptions'
import { serveRouter } from '../../../packages/federation-router'
import { subgraphUrlVariable } from '../../../packages/platform'
import { readConfig } from '../../../packages/platform/config/environment'
import { startHttpServer, type Route, type RunningServer } from '../../../packages/platform/http/server'
import { createLog } from '../../../packages/platform/log'
import { routerSecret } from '../../support/subgraph'
import { documents, keys, newKey, startUsers, type Person, type TestUsers } from './support'

const log = createLog('test', 'silent')

/** Starts a round-robin load balancer for several processes. */
async function startBalancer(targets: TestUsers[]): Promise<RunningServer> {
  let requestCount = 0
  const forward: Route = async (request, response) => {
    const target = targets[requestCount++ % targets.length]
    const { host: _, connection: __, ...headers } = request.headers
    const {
      statusCode,
      body,
      headers: responseHeaders,
    } = await send(new URL(request.url ?? '/', target?.url), {
      method: request.method === 'POST' ? 'POST' : 'GET',
      headers,
      ...(request.method === 'POST' && { body: request }),
    })
    response.writeHead(statusCode, { 'content-type': responseHeaders['content-type'] })
    response.flushHeaders()
    body.on('error', () => response.destroy())
    response.once('close', () => body.destroy())
    body.pipe(response)
  }
  return startHttpServer({ host: '127.0.0.1', port: 0, log, routes: { '*': forward }, graceMs: 0 })
}

test('accepts every sign-in while the signing key and the router secret rotate over two processes', async () => {
  const next = newKey()
  const newSecret = 'another secret of the tests, long enough'
  const first = await startUsers()
  const database = first.connection.name
  const opened = [first]
  const start = async (options: Parameters<typeof startUsers>[0] = {}) => {
    const users = await startUsers({ database, ...options })
    opened.unshift(users)
    return users
  }
  const targets = [first, await start()]
  const balancer = await startBalancer(targets)
  const config = readConfig(configShape, {
    PORT: '0',
    NODE_ENV: 'test',
    ROUTER_SECRET: routerSecret,
    JWKS_URL: `${balancer.url}/.well-known/jwks.json`,
    TRUSTED_CLIENTS: '127.0.0.0/8',
  })
  const router = await serveRouter(
    createRouterOptions({
      config,
      supergraph: readFileSync(config.SUPERGRAPH_FILE, 'utf8'),
      subgraphUrls: new Map([[subgraphUrlVariable('users'), `${balancer.url}/graphql`]]),
      log,
    }),
  )

  const sendQuery = async (query: string, variables: object, accessToken?: string) => {
    const response = await fetch(`${router.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(accessToken && { authorization: `Bearer ${accessToken}` }),
      },
      body: JSON.stringify({ query, variables }),
    })
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each query has its own shape
    return (await response.json()) as { data: any; errors?: unknown }
  }
  const kids = new Set<string>()
  /** Signs in `count` times and uses each session immediately. @returns the errors */
  async function signIn({ email, password }: Person, count: number): Promise<unknown[]> {
    const failures: unknown[] = []
    for (let index = 0; index < count; index++) {
      const signedIn = await sendQuery(documents.signIn, { input: { email, password } })
      const token: string = signedIn.data?.signIn?.session?.accessToken ?? ''
      const viewed = await sendQuery(documents.viewer, {}, token)
      failures.push(...[signedIn.errors, viewed.errors].filter((errors) => errors !== undefined))
      const [header = ''] = token.split('.')
      kids.add((JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }).kid)
    }
    return failures
  }
  const people = [await first.signUp(), await first.signUp()]
  const signInAll = async () => (await Promise.all(people.map((person) => signIn(person, 4)))).flat()

  const published = { nextPublicKey: next.publicKey }
  const rotated = {
    privateKey: next.privateKey,
    previousPublicKey: keys.publicKey,
    routerSecret: newSecret,
    previousRouterSecret: routerSecret,
  }
  const failures = await signInAll()
  for (const options of [published, rotated])
    for (const index of targets.keys()) {
      targets[index] = await start(options)
      failures.push(...(await signInAll()))
    }
  expect(failures).toEqual([])
  expect(kids.size).toBe(2)
  await router.close()
  await balancer.close()
  for (const users of opened) await users.close()
})
