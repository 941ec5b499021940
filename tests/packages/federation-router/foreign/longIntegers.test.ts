import WebSocket from 'ws'

import {
  startForeignFederation,
  type ForeignFederation,
} from '../../../support/federation-router/foreignFederation'

const long = '12345678901234567890'
const negative = '-9007199254740993'

let federation: ForeignFederation
/** The text of the field `big` in the responses of the subgraph. */
let served = long
beforeAll(async () => {
  federation = await startForeignFederation({
    accounts: {
      typeDefs: `scalar Big
        input Filter { big: Big, bigs: [Big!] }
        type Account @key(fields: "number") { number: Big! note: String owner: Account }
        type Query { big(x: Big, f: Filter, id: ID, float: Float): Big  float: Float  id: ID  account: Account  accounts: [Account] }
        type Subscription { big: Big }`,
      respond: ({ query }) => {
        if (query.includes('owner'))
          return `{"data":{"big":${long},"account":{"number":${long},"owner":null}},"errors":[{"message":"x","path":["account","owner"]}]}`
        if (query.includes('accounts'))
          return `{"data":{"accounts":[{"__typename":"Account","number":${long}}]}}`
        if (query.includes('account')) return `{"data":{"account":{"__typename":"Account","number":${long}}}}`
        return `{"data":{"big":${served},"float":${served},"id":${served}}}`
      },
      resolvers: {
        Subscription: {
          big: {
            subscribe: async function* () {
              yield { big: 1 }
            },
          },
        },
      },
    },
    balances: {
      typeDefs: `scalar Big type Account @key(fields: "number") { number: Big! balance: Big limits: [Big] }`,
      respond: () => `{"data":{"_entities":[{"balance":${negative},"limits":[1,${long}]}]}}`,
    },
  })
})
afterAll(() => federation.close())
beforeEach(() => {
  served = long
  federation.takeRequests()
})

/** Sends a body as it is, and returns the text of the response and the bodies that the subgraphs received. */
async function send(body: string) {
  const response = await fetch(`${federation.router.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  return { text: await response.text(), sent: federation.takeRequests().map(({ text }) => text) }
}
const query = (text: string) => send(JSON.stringify({ query: text }))

// The second execution takes the fast path.
describe.each([1, 2])('execution %i', () => {
  it('keeps the digits of responses', async () => {
    expect((await query('{ big id }')).text).toBe(`{"data":{"big":${long},"id":"${long}"}}`)
  })

  it('keeps the digits of keys, and of fields of other subgraphs', async () => {
    const { text, sent } = await query('{ account { number balance limits } }')
    expect(text).toBe(`{"data":{"account":{"number":${long},"balance":${negative},"limits":[1,${long}]}}}`)
    expect(sent[1]).toContain(`"representations":[{"__typename":"Account","number":${long}}]`)
    expect((await query('{ accounts { balance } }')).text).toBe(
      `{"data":{"accounts":[{"balance":${negative}}]}}`,
    )
  })

  it('keeps the digits beside errors', async () => {
    const { text } = await query('{ big account { number owner { note } } }')
    expect(text).toContain(`"big":${long}`)
    expect(text).toContain(`"number":${long}`)
  })

  it('keeps the digits of literals', async () => {
    const { sent } = await query(
      `{ big(x: ${long}, f: { big: ${negative}, bigs: [${long}, 1] }, id: ${long}) }`,
    )
    expect(sent[0]).toContain(`{big(x:${long} f:{big:${negative} bigs:[${long} 1]}id:${long})}`)
  })

  it('keeps the digits of variables, and of their default values', async () => {
    const text = `query ($x: Big, $f: Filter, $id: ID, $d: Big = ${long}) { big(x: $x, f: $f, id: $id) b: big(x: $d) }`
    const variables = `{"x":{"a":[${long}]},"f":{"big":${negative}},"id":${long}}`
    const { sent } = await send(`{"query":${JSON.stringify(text)},"variables":${variables}}`)
    expect(sent[0]).toContain(`"variables":${variables}`)
    expect(sent[0]).toContain(`$d:Big=${long}`)
  })
})

it('keeps the digits of variables of a GET request and of a WebSocket', async () => {
  const parameters = new URLSearchParams({
    query: 'query ($x: Big) { big(x: $x) }',
    variables: `{"x":${long}}`,
  })
  const response = await fetch(`${federation.router.url}/graphql?${parameters}`, {
    headers: { 'apollo-require-preflight': '1' },
  })
  expect(await response.text()).toBe(`{"data":{"big":${long}}}`)
  expect(federation.takeRequests()[0]?.text).toContain(`{"x":${long}}`)
  const socket = new WebSocket(
    `${federation.router.url.replace('http', 'ws')}/graphql`,
    'graphql-transport-ws',
  )
  const received = new Promise<string>((resolve) =>
    socket.on('message', (data) => {
      const text = String(data)
      if (text.includes('connection_ack'))
        socket.send(
          `{"id":"1","type":"subscribe","payload":{"query":"query ($x: Big) { big(x: $x) }","variables":{"x":${long}}}}`,
        )
      if (text.includes('"next"')) resolve(text)
    }),
  )
  socket.on('open', () => socket.send('{"type":"connection_init"}'))
  expect(await received).toBe(`{"id":"1","type":"next","payload":{"data":{"big":${long}}}}`)
  expect(federation.takeRequests()[0]?.text).toContain(`{"x":${long}}`)
  socket.close()
})

it('serializes a long integer as a Float', async () => {
  served = '9007199254740993'
  const { text } = await query('{ float }')
  expect(text).toBe('{"data":{"float":9007199254740992}}')
})

it.each(['{ float }', '{ big }'])('returns an error for 1e400 in %s', async (text) => {
  served = '1e400'
  for (let execution = 1; execution <= 3; execution++) {
    const response = JSON.parse((await query(text)).text) as { data: object; errors: object[] }
    expect(Object.values(response.data)).toEqual([null])
    expect(response.errors).toHaveLength(1)
  }
})

it('returns an error for 1e400 within the value of a custom scalar', async () => {
  served = '{"a":[1e400]}'
  expect(JSON.parse((await query('{ big }')).text)).toMatchObject({
    data: { big: null },
    errors: [{ path: ['big'] }],
  })
})

it.each(['1e400', '{"a":[-1e400]}'])('refuses the variable %s', async (value) => {
  const { text, sent } = await send(`{"query":"query ($x: Big) { big(x: $x) }","variables":{"x":${value}}}`)
  expect(JSON.parse(text)).toMatchObject({
    errors: [
      {
        message: expect.stringContaining('a number is out of range'),
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ],
  })
  expect(sent).toEqual([])
})

it.each([
  ['an object', `{"query":"{ big }","variables":${long}}`],
  ['an input object', `{"query":"query ($f: Filter) { big(f: $f) }","variables":{"f":${long}}}`],
])('does not accept a long integer as %s', async (_, body) => {
  expect(JSON.parse((await send(body)).text)).toMatchObject({ errors: [expect.anything()] })
  expect(federation.takeRequests()).toEqual([])
})

it('rounds long integers with @apollo/gateway', async () => {
  const typeDefs = 'scalar Big type Query { big: Big id: ID float: Float }'
  const respond = () => `{"data":{"big":${long},"id":${long},"float":${long}}}`
  const stock = await startForeignFederation({ a: { typeDefs, respond } }, { ROUTER_EXECUTOR: 'apollo' })
  try {
    const { data } = await stock.router.send('{ big id float }')
    expect(data).toEqual({ big: Number(long), id: Number(long), float: Number(long) })
  } finally {
    await stock.close()
  }
})
