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

// Two subgraphs that answer as they are told, over HTTP: `first` is asked before `second`.

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
    { MUTATION_TIMEOUT_MS: '1000', QUERY_RETRIES: '0', BREAKER_MIN_FETCHES: '1000' },
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

/** What the client is answered, and how often the second subgraph was asked. */
async function ask(query: string, variables: object = {}) {
  const before = second.requestCount()
  const { data, errors = [] } = await router.send(query, { variables })
  const told = errors.map(({ path, extensions }) => `${path?.join('.') ?? '?'} ${String(extensions['code'])}`)
  return { data: data as unknown, told, asked: second.requestCount() - before }
}

const refused = { message: 'No', extensions: { code: 'FORBIDDEN' } }
const thing = json({ data: { thing: { __typename: 'Thing', id: '1' } } })

describe('after a root field that must not be null has failed, the following do not happen', () => {
  it.each<[what: string, query: string, behaviour: Behaviour, told: string]>([
    ['an error', 'sure', json({ data: null, errors: [{ ...refused, path: ['sure'] }] }), 'sure FORBIDDEN'],
    ['an error without a path', 'sure', json({ errors: [refused] }), 'sure FORBIDDEN'],
    ['a null without an error', 'sure', json({ data: { sure: null } }), 'sure INTERNAL_SERVER_ERROR'],
    ['nothing', 'sure', json({ data: {} }), 'sure INTERNAL_SERVER_ERROR'],
    ['a value of a wrong type', 'sure', json({ data: { sure: 'x' } }), 'sure INTERNAL_SERVER_ERROR'],
    ['under an alias', 'a: sure', json({ data: { a: null } }), 'a INTERNAL_SERVER_ERROR'],
    [
      'a null far below',
      'list { size }',
      json({ data: { list: [{ size: 1 }, { size: null }] } }),
      'list.1.size INTERNAL_SERVER_ERROR',
    ],
    ['status 503', 'sure', failingResponse, 'sure SUBGRAPH_UNAVAILABLE'],
    ['no answer in time', 'sure', respondToProbesOnly, 'sure SUBGRAPH_TIMEOUT'],
    ['a closed connection', 'sure', (response) => void response.destroy(), 'sure SUBGRAPH_UNAVAILABLE'],
  ])('%s', async (_what, query, behaviour, told) => {
    first.respondWith(behaviour)
    expect(await ask(`mutation { ${query} after }`)).toEqual({ data: null, told: [told], asked: 0 })
    expect(await ask(`mutation ($on: Boolean!) { ${query} after @include(if: $on) }`, { on: true })).toEqual({
      data: null,
      told: [told],
      asked: 0,
    })
  })

  it('since an entity of it has failed', async () => {
    first.respondWith(thing)
    second.respondWith(json({ data: { _entities: [{ __typename: 'Thing', size: null }] } }))
    expect(await ask('mutation { thing { size } after }')).toEqual({
      data: null,
      told: ['thing.size INTERNAL_SERVER_ERROR'],
      asked: 1,
    })
  })

  it('none of several', async () => {
    first.respondWith(json({ data: { maybe: null, sure: null } }))
    expect(await ask('mutation { sure a: after maybe b: after }')).toEqual({
      data: null,
      told: ['sure INTERNAL_SERVER_ERROR'],
      asked: 0,
    })
  })
})

describe('after any other root field, the following happen', () => {
  it.each<[what: string, behaviour: Behaviour, told: string[]]>([
    ['a value', json({ data: { maybe: null } }), []],
    [
      'an error',
      json({ data: { maybe: null }, errors: [{ ...refused, path: ['maybe'] }] }),
      ['maybe FORBIDDEN'],
    ],
    ['an error and no data', json({ errors: [refused] }), ['maybe FORBIDDEN']],
    ['a value of a wrong type', json({ data: { maybe: 'x' } }), ['maybe INTERNAL_SERVER_ERROR']],
    ['status 503', failingResponse, ['maybe SUBGRAPH_UNAVAILABLE']],
    ['no answer in time', respondToProbesOnly, ['maybe SUBGRAPH_TIMEOUT']],
  ])('that may be null: %s', async (_what, behaviour, told) => {
    first.respondWith(behaviour)
    const data = { maybe: null, after: 1 }
    expect(await ask('mutation { maybe after }')).toEqual({ data, told, asked: 1 })
  })

  it('that is there', async () => {
    first.respondWith(json({ data: { sure: 7 } }))
    expect(await ask('mutation { sure after }')).toEqual({ data: { sure: 7, after: 1 }, told: [], asked: 1 })
  })

  it('whose null stays below it', async () => {
    first.respondWith(json({ data: { perhaps: { __typename: 'Thing', id: '1' } } }))
    let answers = [json({ data: { _entities: [{ size: null }] } }), json({ data: { after: 1 } })]
    second.respondWith((...exchange) => {
      const [answer = failingResponse, ...others] = answers
      answers = others
      answer(...exchange)
    })
    expect(await ask('mutation { perhaps { size } after }')).toEqual({
      data: { perhaps: null, after: 1 },
      told: ['perhaps.size INTERNAL_SERVER_ERROR'],
      asked: 2,
    })
  })

  it('that is skipped', async () => {
    const query = 'mutation ($off: Boolean!) { sure @skip(if: $off) after }'
    expect(await ask(query, { off: true })).toEqual({ data: { after: 1 }, told: [], asked: 1 })
  })
})
