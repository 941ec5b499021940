import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'

import { configShape } from '../../router/config'
import { createRouterOptions } from '../../router/routerOptions'
import { createRouter } from '../../packages/federation-router'
import { subgraphUrlVariable } from '../../packages/platform'
import { readConfig } from '../../packages/platform/config/environment'
import { startHttpServer } from '../../packages/platform/http/server'
import { createLog } from '../../packages/platform/log'
import { createTestWorkspace, generousTimeouts, waitUntil } from '../support/processes'
import { sendOperation, startRouter } from '../support/federation-router/testRouter'
import { shopSubgraphs, shopSupergraph, startShopSubgraph } from '../support/federation-router/shopSubgraphs'
import { expectDurationBelow } from '../support/duration'

const { run, folder, later, cleanUp } = createTestWorkspace()
afterEach(cleanUp)

const entry = 'dist/router/index.js'

function shopFile(): string {
  const file = join(folder(), 'shop.graphql')
  writeFileSync(file, shopSupergraph())
  return file
}

/** Starts the router as a program, and returns its URL. */
async function start(environment: Record<string, string> = {}) {
  const settings = { ...generousTimeouts, PORT: '0', SUPERGRAPH_FILE: shopFile(), ...environment }
  const program = run(process.execPath, [entry], settings)
  const [, url = ''] = await program.waitForOutput(/"url":"([^"]+)","msg":"Listening"/)
  return { program, url }
}

const readiness = async (url: string) => {
  const response = await fetch(`${url}/health/ready`)
  return { status: response.status, body: (await response.json()) as unknown }
}

describe('starts with any subset of the subgraphs, is ready, and returns their data', () => {
  const subsets = Array.from({ length: 8 }, (_, bits) =>
    shopSubgraphs.filter((_name, index) => bits & (1 << index)),
  )

  it.each(subsets.map((up) => [up.join(' and ') || 'none', up] as const))('%s', async (_what, up) => {
    const subgraphs = await Promise.all(up.map((name) => startShopSubgraph(name)))
    const urls = new Map(subgraphs.map(({ name, url }) => [subgraphUrlVariable(name), url]))
    const router = await startRouter({}, urls)
    expect(await readiness(router.url)).toMatchObject({ status: 200, body: { status: 'ready' } })
    const { data, errors } = await router.send(
      '{ person(id: "1") { name } books { nodes { title } } review { text } }',
    )
    const isUp = (name: (typeof shopSubgraphs)[number]) => up.includes(name)
    expect(data).toEqual({
      person: isUp('people') ? { name: 'Ursula' } : null,
      books: isUp('books') ? { nodes: [{ title: 'The Dispossessed' }, { title: 'Solaris' }] } : null,
      review: isUp('book-reviews') ? { text: 'Alone' } : null,
    })
    const down = shopSubgraphs.filter((name) => !isUp(name))
    expect((errors ?? []).map(({ extensions }) => extensions['service']).sort()).toEqual([...down].sort())
    await router.close()
    await Promise.all(subgraphs.map((each) => each.close()))
  })
})

describe('as a program', () => {
  it('runs any supergraph, with configured URLs, and warns that it has no identity', async () => {
    const reviews = await startShopSubgraph('book-reviews')
    later(() => reviews.close())
    const { program, url } = await start({ BOOK_REVIEWS_URL: reviews.url })
    expect(program.output()).toMatch(/Running without identity/)
    const { data } = await sendOperation(`${url}/graphql`, '{ review { text } }')
    expect(data).toEqual({ review: { text: 'Alone' } })
    expect((await fetch(`${url}/health/live`)).status).toBe(200)
  })

  it('runs the committed supergraph by default', async () => {
    const program = run(process.execPath, [entry], { PORT: '0' })
    const [, url = ''] = await program.waitForOutput(/"url":"([^"]+)","msg":"Listening"/)
    const { data } = await sendOperation(`${url}/graphql`, '{ __type(name: "Post") { name } }')
    expect(data).toEqual({ __type: { name: 'Post' } })
  })

  it.each([
    ['a missing file', { SUPERGRAPH_FILE: '/no/such/file' }, /SUPERGRAPH_FILE.*no such file/],
    [
      'a file that is not a supergraph',
      { SUPERGRAPH_FILE: 'README.md' },
      /The supergraph file cannot be used: /,
    ],
    ['an invalid URL', { BOOKS_URL: 'books:4000', PEOPLE_URL: 'x' }, /_URL: must be an http or https/],
    [
      'an invalid setting of one subgraph',
      { BOOKS_QUERY_TIMEOUT_MS: 'soon' },
      /The configuration is wrong:\n {2}BOOKS_QUERY_TIMEOUT_MS: /,
    ],
    [
      'several invalid settings',
      { PORT: '70000', MAX_BODY_BYTES: 'much', CORS_ORIGINS: 'app.example.org', ROUTER_SECRET: 'short' },
      /PORT: [^]*MAX_BODY_BYTES: [^]*CORS_ORIGINS: |ROUTER_SECRET: must be at least 32/,
    ],
  ])('reports %s without a stack trace, and exits with status 1', async (_what, environment, message) => {
    const program = run(process.execPath, [entry], { PORT: '0', SUPERGRAPH_FILE: shopFile(), ...environment })
    const { code, output } = await program.ended
    expect(output).toMatch(message)
    expect(output).not.toMatch(/^\s+at /m)
    expect(code).toBe(1)
  })

  it('reports that its port is taken', async () => {
    const { url } = await start()
    const { code, output } = await run(process.execPath, [entry], { PORT: new URL(url).port }).ended
    expect(output).toMatch(/Cannot listen on 127\.0\.0\.1:\d+: another program uses the port/)
    expect(code).toBe(1)
  })

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'finishes requests in progress after %s, and exits',
    async (signal) => {
      const books = await startShopSubgraph('books')
      later(() => books.close())
      let respond: () => void = () => {}
      const arrived = new Promise<void>((resolve) =>
        books.misbehave((_request, response) => {
          respond = () => void response.end('{"data":{"addBook":{"id":"b3"}}}')
          response.setHeader('content-type', 'application/json')
          resolve()
        }),
      )
      const { program, url } = await start({ BOOKS_URL: books.url })
      const pending = sendOperation(`${url}/graphql`, 'mutation { addBook(title: "x") { id } }')
      await arrived
      program.child.kill(signal)
      await waitUntilRefused(url)
      respond()
      expect((await pending).data).toEqual({ addBook: { id: 'b3' } })
      const respondedAtMs = performance.now()
      expect((await program.ended).code).toBe(0)
      expectDurationBelow(3_000, respondedAtMs)
    },
  )

  it('responds after SIGTERM, and reports that it is not ready, until it closes', async () => {
    const { program, url } = await start({ DRAIN_MS: '60000' })
    program.child.kill('SIGTERM')
    await waitUntil('the router is not ready', async () => (await readiness(url)).status === 503)
    expect((await sendOperation(`${url}/graphql`, '{ __typename }')).status).toBe(200)
  })

  it('closes after DRAIN_MS', async () => {
    const { program } = await start({ DRAIN_MS: '1500' })
    const signalledAtMs = performance.now()
    program.child.kill('SIGTERM')
    expect((await program.ended).code).toBe(0)
    expect(performance.now() - signalledAtMs).toBeGreaterThanOrEqual(1_500)
  })

  // Takes 15 s.
  ;(process.env['FULL'] ? it : it.skip)('may drain for longer than the time limit of closing', async () => {
    const { program } = await start({ DRAIN_MS: '15000' })
    program.child.kill('SIGTERM')
    expect((await program.ended).code).toBe(0)
  })

  // Takes 10 s.
  ;(process.env['FULL'] ? it : it.skip)('waits for requests in progress for at most 10 s', async () => {
    const books = await startShopSubgraph('books')
    later(() => books.close())
    const arrived = new Promise<void>((resolve) => books.misbehave(() => resolve()))
    const { program, url } = await start({ BOOKS_URL: books.url })
    const pending = sendOperation(`${url}/graphql`, '{ limited }').catch(() => 'disconnected')
    await arrived
    const signalledAtMs = performance.now()
    program.child.kill('SIGTERM')
    expect((await program.ended).code).toBe(0)
    expectDurationBelow(12_000, signalledAtMs)
    expect(await pending).toBe('disconnected')
  })
})

it('reports that it is not ready while it drains, and still responds', async () => {
  const config = readConfig(configShape, { NODE_ENV: 'test' })
  const log = createLog('test', 'silent')
  const router = await createRouter(
    createRouterOptions({ config, supergraph: shopSupergraph(), subgraphUrls: new Map(), log }),
  )
  const server = await startHttpServer({ host: '127.0.0.1', port: 0, routes: router.routes, log })
  expect((await readiness(server.url)).status).toBe(200)
  router.drain()
  expect(await readiness(server.url)).toMatchObject({ status: 503, body: { status: 'not ready' } })
  expect((await fetch(`${server.url}/health/live`)).status).toBe(200)
  expect((await sendOperation(`${server.url}/graphql`, '{ __typename }')).status).toBe(200)
  await server.close()
  await router.close()
})

/** Waits until connections to a URL are refused. */
async function waitUntilRefused(url: string): Promise<void> {
  const { hostname, port } = new URL(url)
  for (;;) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(Number(port), hostname)
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (!isOpen) return
  }
}
