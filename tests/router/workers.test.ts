import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { Agent, request, type IncomingMessage } from 'node:http'
import { join } from 'node:path'

import {
  collectEvents,
  commentAdded,
  expectedComment,
  createCommentPayload,
  startCommunitySubgraphs,
  subscribeOverSse,
  subscribeOverWebSocket,
  waitForEnd,
  waitForEvents,
} from '../support/federation-router/community'
import { shopSupergraph, startShopSubgraph } from '../support/federation-router/shopSubgraphs'
import { createTestWorkspace, generousTimeouts, waitUntil } from '../support/processes'
import { checkMetrics, hasPromtool } from '../support/promtool'

const { run, folder, later, cleanUp } = createTestWorkspace()
afterEach(cleanUp)

/** Starts a router of two workers. */
async function start(supergraph: string, environment: Record<string, string>) {
  const file = join(folder(), 'supergraph.graphql')
  writeFileSync(file, supergraph)
  const settings = { ...generousTimeouts, PORT: '0', WORKERS: '2', SUPERGRAPH_FILE: file, ...environment }
  const program = run(process.execPath, ['dist/router/index.js'], settings)
  await program.waitForOutput(/All workers are listening/)
  const [, url = ''] = await program.waitForOutput(/"url":"([^"]+)","msg":"Listening"/)
  return { program, url, listWorkers: () => listChildren(program.child.pid) }
}

const listChildren = (pid = 0): number[] =>
  execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(Number)

interface HttpResult {
  status: number | undefined
  text: string
}

/** A connection that stays open, and thereby at one worker. */
interface Connection {
  send(query: string): Promise<HttpResult>
  readMetrics(): Promise<string>
  isOpen(): boolean
}

/** Opens connections one after the other: the workers get them in turn. */
async function openConnections(url: string, count: number): Promise<Connection[]> {
  const connections: Connection[] = []
  for (let n = 0; n < count; n++) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    later(() => agent.destroy())
    let phase: 'open' | 'closed' = 'open'
    const send = async (path: string, body?: string): Promise<HttpResult> => {
      const headers = { 'content-type': 'application/json' }
      const method = body === undefined ? 'GET' : 'POST'
      const sent = request(`${url}${path}`, { agent, method, headers }).end(body)
      sent.once('socket', (socket) => socket.once('close', () => (phase = 'closed')))
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      let text = ''
      for await (const chunk of response.setEncoding('utf8')) text += String(chunk)
      return { status: response.statusCode, text }
    }
    expect((await send('/health/live')).status).toBe(200)
    connections.push({
      send: (query) => send('/graphql', JSON.stringify({ query })),
      readMetrics: async () => (await send('/metrics')).text,
      isOpen: () => phase === 'open',
    })
  }
  return connections
}

/** Starts the subgraph of books, which responds to mutations when it is allowed to. */
async function startSlowBooks() {
  const books = await startShopSubgraph('books')
  later(() => books.close())
  const pending: (() => void)[] = []
  let phase: 'holding' | 'responding' = 'holding'
  books.misbehave((_request, response) => {
    const respond = () => {
      response.setHeader('content-type', 'application/json')
      response.end('{"data":{"addBook":{"id":"b3"}}}')
    }
    if (phase === 'responding') respond()
    else pending.push(respond)
  })
  return {
    environment: { BOOKS_URL: books.url },
    waitForRequests: (count: number) =>
      waitUntil(`${count} requests have arrived`, () => books.requests.length >= count),
    respond() {
      phase = 'responding'
      for (const each of pending) each()
    },
  }
}

const addBook = 'mutation { addBook(title: "x") { id } }'
const accepted = { status: 200, text: '{"data":{"addBook":{"id":"b3"}}}' }
const restarted = /All workers are listening[^]*All workers are listening/

it('shares the limits of a client, frees those of a killed worker, and finishes requests after SIGTERM', async () => {
  const books = await startSlowBooks()
  const { program, url, listWorkers } = await start(shopSupergraph(), {
    MAX_CLIENT_REQUESTS: '8',
    ...books.environment,
  })
  const connections = await openConnections(url, 10)
  const settle = (connection: Connection) => connection.send(addBook).catch(() => 'disconnected')
  const first = connections.slice(0, 8).map(settle)
  await books.waitForRequests(8)
  const beyond = await Promise.all(connections.slice(8).map((connection) => connection.send(addBook)))
  expect(beyond.map(({ status }) => status)).toEqual([429, 429])

  const [killed = 0] = listWorkers()
  process.kill(killed, 'SIGKILL')
  await program.waitForOutput(restarted)
  const countOpen = () => connections.filter((connection) => connection.isOpen()).length
  await waitUntil('the connections of the killed worker are closed', () => countOpen() <= 5)
  expect(countOpen()).toBe(5)
  const later = await openConnections(url, 6)
  const second = later.slice(0, 4).map(settle)
  await books.waitForRequests(12)
  const beyondAgain = await Promise.all(later.slice(4).map((connection) => connection.send(addBook)))
  expect(beyondAgain.map(({ status }) => status)).toEqual([429, 429])

  program.child.kill('SIGTERM')
  await waitUntil('the router refuses connections', () =>
    // Node may keep a connection that arrives while the last worker closes until the primary ends (ADR 0025).
    fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
      () => false,
      (error: Error) => error.name !== 'TimeoutError',
    ),
  )
  books.respond()
  const results = await Promise.all([...first, ...second])
  expect(results.filter((result) => result === 'disconnected')).toHaveLength(4)
  expect(results.filter((result) => result !== 'disconnected')).toEqual(
    Array.from({ length: 8 }, () => accepted),
  )
  expect((await program.ended).code).toBe(0)
})

it('counts the operations of one WebSocket, which is at one worker', async () => {
  const books = await startSlowBooks()
  const { url } = await start(shopSupergraph(), { MAX_CLIENT_REQUESTS: '8', ...books.environment })
  const socket = await subscribeOverWebSocket({ router: { url } }, { query: '{ __typename }', variables: {} })
  await waitForEnd(socket)
  const operations = Array.from({ length: 7 }, () =>
    collectEvents((sink) => socket.client.subscribe({ query: addBook }, sink)),
  )
  // The other worker could admit two more by itself.
  await waitUntil('one is refused', () => operations.some(({ phase }) => phase === 'failed'))
  await books.waitForRequests(6)
  books.respond()
  await Promise.all(operations.map(waitForEnd))
  expect(operations.filter(({ phase }) => phase === 'completed')).toHaveLength(6)
})

it('delivers events to the subscribers of both workers, up to the limit of a client', async () => {
  const community = await startCommunitySubgraphs()
  later(() => community.close())
  const { url } = await start(community.supergraph, {
    ...Object.fromEntries(community.urls),
    MAX_CLIENT_SUBSCRIPTIONS: '4',
  })
  const served = { router: { url } }
  const bySse = []
  for (let n = 0; n < 4; n++) bySse.push(await subscribeOverSse(served))
  // Each worker shares one stream among its subscribers.
  await waitUntil('both workers subscribe', () => community.comments.streams() === 2)
  const beyond = await subscribeOverSse(served)
  await waitForEnd(beyond)
  expect(beyond.events).toMatchObject([{ errors: [{ extensions: { code: 'RATE_LIMITED' } }] }])
  community.history.publish(createCommentPayload(1))
  await waitForEvents(1, ...bySse)
  for (const { events } of bySse) expect(events).toEqual([expectedComment(1)])

  for (const each of bySse) each.unsubscribe()
  await waitUntil('all have ended', () => community.comments.streams() === 0)
  const socket = await subscribeOverWebSocket(served)
  const more = Array.from({ length: 4 }, () =>
    collectEvents((sink) =>
      socket.client.subscribe({ query: commentAdded, variables: { postId: 'p1' } }, sink),
    ),
  )
  await waitUntil('one is refused', () => more.some(({ phase }) => phase === 'failed'))
  await waitUntil('the worker subscribes', () => community.comments.streams() === 1)
  community.history.publish(createCommentPayload(2))
  const open = [socket, ...more.filter(({ phase }) => phase === 'open')]
  await waitForEvents(1, ...open)
  expect(open).toHaveLength(4)
})

it('shares planning time, and reports the metrics of all workers, also after one was killed', async () => {
  const { program, url, listWorkers } = await start(shopSupergraph(), { MAX_CLIENT_PLANNING_MS: '1' })
  const [first, second] = await openConnections(url, 2)
  const known = '{ __typename }'
  expect((await first?.send(known))?.status).toBe(200)
  const countRequests = (text: string) =>
    [...text.matchAll(/^http_server_request_duration_seconds_count\{.*"\/graphql".*\} (\d+)$/gm)].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    )
  /** A worker that is too busy to respond is reported with its last metrics. */
  const waitForMetrics = async (connection: Connection | undefined, requests: number) => {
    let text = ''
    await waitUntil(`the metrics count ${requests} requests`, async () => {
      text = (await connection?.readMetrics()) ?? ''
      return countRequests(text) === requests
    })
    return text
  }
  // The worker has reported its planning time before it requests the metrics of the other one.
  await waitForMetrics(first, 1)
  expect((await second?.send('{ again: __typename }'))?.status).toBe(429)
  expect((await first?.send(known))?.status).toBe(200)
  const text = await waitForMetrics(second, 3)
  expect(text).toMatch(/^router_workers 2$/m)
  if (hasPromtool) expect(checkMetrics(text)).toBe('')

  const [killed = 0] = listWorkers()
  process.kill(killed, 'SIGKILL')
  await program.waitForOutput(restarted)
  const [third] = await openConnections(url, 1)
  const afterwards = await waitForMetrics(third, 3)
  expect(afterwards).toMatch(/^router_worker_restarts_total 1$/m)
})

it('prints once why it does not start, and exits with status 1', async () => {
  const program = run(process.execPath, ['dist/router/index.js'], {
    ...{ PORT: '0', WORKERS: '2', SUPERGRAPH_FILE: 'README.md' },
  })
  const { code, output } = await program.ended
  expect(output.match(/The supergraph file cannot be used/g)).toHaveLength(1)
  expect(output).not.toMatch(/^\s+at /m)
  expect(code).toBe(1)
})
