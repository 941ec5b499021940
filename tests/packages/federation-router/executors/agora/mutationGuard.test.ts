import { startRouter, type TestRouter } from '../../../../support/federation-router/testRouter'
import {
  failingResponse,
  json,
  respondToProbesOnly,
  startScriptedSubgraph,
  type Behaviour,
  type ScriptedSubgraph,
} from '../../../../support/federation-router/testTransport'
import { composeSupergraph } from '../../../../support/inMemoryFederation'

// Two scripted subgraphs over HTTP: `first` is fetched before `second`.

const supergraph = composeSupergraph({
  first: {
    typeDefs: `
      type Query { one: Int }
      type Mutation { sure: Int! maybe: Int list: [Row!]! thing: Thing! perhaps: Thing }
      type Row { size: Int! }
      type Thing @key(fields: "id") { id: ID! }`,
  },
  second: {
    typeDefs: `
      type Mutation { after: Int! }
      type Thing @key(fields: "id") { id: ID! size: Int! colour: String }`,
  },
})

let router: TestRouter
let first: ScriptedSubgraph
let second: ScriptedSubgraph
beforeAll(async () => {
  first = await startScriptedSubgraph()
  second = await startScriptedSubgraph()
  router = await startRouter(
    { FIRST_MUTATION_TIMEOUT_MS: '1000', QUERY_RETRIES: '0', BREAKER_MIN_FETCHES: '1000' },
    new Map([
      ['FIRST_URL', first.url],
      ['SECOND_URL', second.url],
    ]),
    supergraph,
  )
})
afterAll(async () => {
  await router.close()
  await first.close()
  await second.close()
})
beforeEach(() => second.respondWith(json({ data: { after: 1 } })))

/** Returns the response, and the number of requests to the second subgraph. */
async function execute(query: string, variables: object = {}) {
  const before = second.requestCount()
  const { data, errors = [] } = await router.send(query, { variables })
  const reported = errors.map(
    ({ path, extensions }) => `${path?.join('.') ?? '?'} ${String(extensions['code'])}`,
  )
  return { data: data as unknown, reported, fetches: second.requestCount() - before }
}

const rejected = { message: 'No', extensions: { code: 'FORBIDDEN' } }
const thing = json({ data: { thing: { __typename: 'Thing', id: '1' } } })

describe('skips the root fields after a failed non-null field', () => {
  it.each<[what: string, query: string, behaviour: Behaviour, reported: string]>([
    ['an error', 'sure', json({ data: null, errors: [{ ...rejected, path: ['sure'] }] }), 'sure FORBIDDEN'],
    ['an error without a path', 'sure', json({ errors: [rejected] }), 'sure FORBIDDEN'],
    ['a null without an error', 'sure', json({ data: { sure: null } }), 'sure INTERNAL_SERVER_ERROR'],
    ['a missing field', 'sure', json({ data: {} }), 'sure INTERNAL_SERVER_ERROR'],
    ['a value of a wrong type', 'sure', json({ data: { sure: 'x' } }), 'sure INTERNAL_SERVER_ERROR'],
    ['under an alias', 'a: sure', json({ data: { a: null } }), 'a INTERNAL_SERVER_ERROR'],
    [
      'a nested null',
      'list { size }',
      json({ data: { list: [{ size: 1 }, { size: null }] } }),
      'list.1.size INTERNAL_SERVER_ERROR',
    ],
    ['status 503', 'sure', failingResponse, 'sure SUBGRAPH_UNAVAILABLE'],
    ['a timeout', 'sure', respondToProbesOnly, 'sure SUBGRAPH_TIMEOUT'],
    ['a closed connection', 'sure', (response) => void response.destroy(), 'sure SUBGRAPH_UNAVAILABLE'],
  ])('%s', async (_what, query, behaviour, reported) => {
    first.respondWith(behaviour)
    expect(await execute(`mutation { ${query} after }`)).toEqual({
      data: null,
      reported: [reported],
      fetches: 0,
    })
    expect(
      await execute(`mutation ($on: Boolean!) { ${query} after @include(if: $on) }`, { on: true }),
    ).toEqual({
      data: null,
      reported: [reported],
      fetches: 0,
    })
  })

  it('because a required field of its entity has failed', async () => {
    first.respondWith(thing)
    second.respondWith(json({ data: { _entities: [{ __typename: 'Thing', size: null }] } }))
    expect(await execute('mutation { thing { size } after }')).toEqual({
      data: null,
      reported: ['thing.size INTERNAL_SERVER_ERROR'],
      fetches: 1,
    })
  })

  it('skips all of several fields', async () => {
    first.respondWith(json({ data: { maybe: null, sure: null } }))
    expect(await execute('mutation { sure a: after maybe b: after }')).toEqual({
      data: null,
      reported: ['sure INTERNAL_SERVER_ERROR'],
      fetches: 0,
    })
  })
})

describe('executes the root fields after any other field', () => {
  it.each<[what: string, behaviour: Behaviour, reported: string[]]>([
    ['a value', json({ data: { maybe: null } }), []],
    [
      'an error',
      json({ data: { maybe: null }, errors: [{ ...rejected, path: ['maybe'] }] }),
      ['maybe FORBIDDEN'],
    ],
    ['an error and no data', json({ errors: [rejected] }), ['maybe FORBIDDEN']],
    ['a value of a wrong type', json({ data: { maybe: 'x' } }), ['maybe INTERNAL_SERVER_ERROR']],
    ['status 503', failingResponse, ['maybe SUBGRAPH_UNAVAILABLE']],
    ['a timeout', respondToProbesOnly, ['maybe SUBGRAPH_TIMEOUT']],
  ])('a nullable field with %s', async (_what, behaviour, reported) => {
    first.respondWith(behaviour)
    const data = { maybe: null, after: 1 }
    expect(await execute('mutation { maybe after }')).toEqual({ data, reported, fetches: 1 })
  })

  it('a non-null field with a value', async () => {
    first.respondWith(json({ data: { sure: 7 } }))
    expect(await execute('mutation { sure after }')).toEqual({
      data: { sure: 7, after: 1 },
      reported: [],
      fetches: 1,
    })
  })

  it('a field whose null does not propagate to the root', async () => {
    first.respondWith(json({ data: { perhaps: { __typename: 'Thing', id: '1' } } }))
    let behaviours = [json({ data: { _entities: [{ size: null }] } }), json({ data: { after: 1 } })]
    second.respondWith((...exchange) => {
      const [behave = failingResponse, ...others] = behaviours
      behaviours = others
      behave(...exchange)
    })
    expect(await execute('mutation { perhaps { size } after }')).toEqual({
      data: { perhaps: null, after: 1 },
      reported: ['perhaps.size INTERNAL_SERVER_ERROR'],
      fetches: 2,
    })
  })

  it('a field that is skipped', async () => {
    const query = 'mutation ($off: Boolean!) { sure @skip(if: $off) after }'
    expect(await execute(query, { off: true })).toEqual({ data: { after: 1 }, reported: [], fetches: 1 })
  })
})
