import { createClient } from 'graphql-ws'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import WebSocket from 'ws'

import { openEventSource } from '../../../support/federation-router/eventSource'
import {
  startForeignFederation,
  type ForeignFederation,
} from '../../../support/federation-router/foreignFederation'
import { startRouter } from '../../../support/federation-router/testRouter'
import { createTestWorkspace, waitUntil } from '../../../support/processes'

const { folder, cleanUp } = createTestWorkspace()
const directory = folder()

function writeRules(rules: object | string): string {
  const file = join(directory, `${Math.random()}.json`)
  writeFileSync(file, typeof rules === 'string' ? rules : JSON.stringify(rules))
  return file
}

const rules = {
  '*': [
    { propagate: 'X-Tenant', default: 'none' },
    { set: 'x-gateway', value: 'edge' },
  ],
  stars: [
    { propagate: 'authorization' },
    { propagate: 'x-tenant', as: 'x-org' },
    { set: 'x-gateway', value: 'stars' },
  ],
  strangers: [{ propagate: 'x-tenant' }],
}

let federation: ForeignFederation
beforeAll(async () => {
  federation = await startForeignFederation(
    {
      books: {
        typeDefs: `type Book @key(fields: "id") { id: ID! } type Query { book: Book } type Mutation { add: Book }
          type Subscription { added: Book }`,
        resolvers: {
          Query: { book: () => ({ id: '1' }) },
          Mutation: { add: () => ({ id: '1' }) },
          Subscription: {
            added: {
              subscribe: async function* () {
                yield { added: { id: '1' } }
              },
            },
          },
        },
      },
      stars: {
        typeDefs: 'type Book @key(fields: "id") { id: ID! stars: Int }',
        resolvers: { Book: { __resolveReference: (book: unknown) => book, stars: () => 5 } },
      },
    },
    { HEADERS_FILE: writeRules(rules), DEDUPLICATE_FETCHES: 'true' },
  )
})
afterAll(async () => {
  await federation.close()
  await cleanUp()
})
beforeEach(() => federation.takeRequests())

const names = ['x-tenant', 'x-org', 'x-gateway', 'authorization', 'x-other'] as const
/** Returns the headers that each subgraph has received, except those that all receive. */
const received = () =>
  federation
    .takeRequests()
    .map(({ service, headers }) => [
      service,
      Object.fromEntries(
        names.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
      ),
    ])

const sent = { 'x-tenant': 't1', authorization: 'Basic abc', 'x-other': 'secret' }
const expected = [
  ['books', { 'x-tenant': 't1', 'x-gateway': 'edge' }],
  ['stars', { 'x-tenant': 't1', 'x-org': 't1', 'x-gateway': 'stars', authorization: 'Basic abc' }],
]

it.each(['{ book { stars } }', 'mutation { add { stars } }'])(
  'sends each subgraph its headers with %s',
  async (query) => {
    const { errors } = await federation.router.send(query, { headers: sent })
    expect(errors).toBeUndefined()
    expect(received()).toEqual(expected)
  },
)

it('sends defaults for headers that the client has not sent', async () => {
  await federation.router.send('{ book { id } }')
  expect(received()).toEqual([['books', { 'x-tenant': 'none', 'x-gateway': 'edge' }]])
})

it('does not share fetches of clients with different headers', async () => {
  const send = (tenant: string) =>
    federation.router.send('{ book { id } }', { headers: { 'x-tenant': tenant } })
  await Promise.all([send('a'), send('b'), send('a')])
  const tenants = federation.takeRequests().map(({ headers }) => headers['x-tenant'])
  expect(new Set(tenants)).toEqual(new Set(['a', 'b']))
})

it('sends them with subscriptions, and the fetches of their events', async () => {
  const open = (headers: Record<string, string>) =>
    openEventSource(federation, { query: 'subscription { added { stars } }', variables: {}, headers })
  const sources = await Promise.all([open(sent), open({ ...sent, 'x-tenant': 't2' })])
  await waitUntil('the events have ended', () => sources.every(({ phase }) => phase === 'ended'))
  expect(sources.map(({ blocks }) => blocks.find(({ type }) => type === 'next')?.data)).toEqual(
    Array(2).fill('{"data":{"added":{"stars":5}}}'),
  )
  const other = JSON.parse(JSON.stringify(expected).replaceAll('t1', 't2')) as typeof expected
  const all = received()
  expect(all).toHaveLength(4)
  expect(all).toEqual(expect.arrayContaining([...expected, ...other]))
})

it('sends the headers of the handshake with operations over a WebSocket', async () => {
  const url = `${federation.router.url.replace('http', 'ws')}/graphql`
  const client = createClient({
    url,
    webSocketImpl: class extends WebSocket {
      constructor(address: string, protocol: string) {
        super(address, protocol, { headers: { 'x-tenant': 't3' } })
      }
    },
  })
  for await (const { data } of client.iterate({ query: '{ book { id } }' }))
    expect(data).toEqual({ book: { id: '1' } })
  await client.dispose()
  expect(received()).toEqual([['books', { 'x-tenant': 't3', 'x-gateway': 'edge' }]])
})

it('warns about unknown subgraphs', () => {
  expect(federation.router.logged).toContainEqual(
    expect.objectContaining({ subgraph: 'strangers', msg: 'The header rules name an unknown subgraph' }),
  )
})

it.each([
  ['a header of the router', { '*': [{ propagate: 'agora-viewer' }] }, 'writes itself'],
  ['a header of the connection', { a: [{ set: 'Transfer-Encoding', value: 'x' }] }, 'writes itself'],
  ['an unknown key', { a: [{ propagate: 'x-a', to: 'x-b' }] }, 'HEADERS_FILE'],
  ['a value with a line break', { a: [{ set: 'x-a', value: 'a\r\nx-b: 1' }] }, 'value of a header'],
  ['a name with a space', { a: [{ set: 'x a', value: 'a' }] }, 'name of a header'],
  ['a text that is not JSON', '{', 'HEADERS_FILE'],
])('refuses %s at start', async (_, wrong, message) => {
  await expect(startRouter({ HEADERS_FILE: writeRules(wrong) })).rejects.toMatchObject({
    name: 'StartupError',
    message: expect.stringContaining(message),
  })
})
