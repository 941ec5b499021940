import { GraphQLError } from 'graphql'

import { startAgoraFederation } from '../../../../support/inMemoryFederation'

const people = new Map(
  ['1', '2', '3'].map((id) => [id, { id, name: `Name ${id}`, nick: `Nick ${id}`, friend: { id: '3' } }]),
)
const findPerson = async ({ id }: { id: string }) => {
  if (id === 'forbidden') throw new GraphQLError('Not for you.', { extensions: { code: 'FORBIDDEN' } })
  return people.get(id) ?? null
}

const reviews = [
  { id: 'r1', writer: { id: '1' }, reader: { id: '2' } },
  { id: 'r2', writer: { id: '2' }, reader: { id: '2' } },
]

const { execute, takeReceivedRequests, tamperWith } = startAgoraFederation({
  reviews: {
    typeDefs: `
      type Query { review: Review reviews: [Review!]! none: [Review!]! odd: Review broken: Review }
      type Review { id: ID! writer: Person reader: Person editor: Person! }
      type Person @key(fields: "id") { id: ID! }`,
    resolvers: {
      Query: {
        review: () => reviews[0],
        reviews: () => reviews,
        none: () => [],
        odd: () => ({ id: 'r3', writer: { id: 'gone' }, reader: { id: 'forbidden' }, editor: { id: '1' } }),
        broken: () => ({ id: 'r4', writer: null, reader: { id: '1' }, editor: { id: 'gone' } }),
      },
    },
  },
  people: {
    typeDefs: `type Person @key(fields: "id") { id: ID! name: String nick(upper: Boolean): String! friend: Person }`,
    resolvers: {
      Person: {
        __resolveReference: findPerson,
        friend: ({ friend }: { friend: { id: string } }) => findPerson(friend),
        nick: ({ nick }: { nick: string }, { upper }: { upper?: boolean }) =>
          upper ? nick.toUpperCase() : nick,
      },
    },
  },
  scores: {
    typeDefs: `type Person @key(fields: "id") { id: ID! score(factor: Int!): Int! }`,
    resolvers: {
      Person: { score: ({ id }: { id: string }, { factor }: { factor: number }) => factor * Number(id) },
    },
  },
})

afterEach(() => {
  tamperWith(undefined)
  takeReceivedRequests()
})

/** Executes a query, and returns the IDs of the representations of each request to a subgraph. */
async function run(query: string, service = 'people', variables = {}) {
  const response = await execute(query, variables)
  const requests = takeReceivedRequests().filter((each) => each.service === service)
  const ids = requests.map(({ variables: { representations } }) =>
    (representations as { id: string }[]).map(({ id }) => id),
  )
  return { ...response, ids }
}

it('fetches the entities of several paths once, each of them once', async () => {
  const response = await run(
    '{ review { writer { name } reader { name } } reviews { writer { name } reader { name } } }',
  )
  expect(response).toMatchObject({
    isFast: true,
    data: {
      review: { writer: { name: 'Name 1' }, reader: { name: 'Name 2' } },
      reviews: [
        { writer: { name: 'Name 1' }, reader: { name: 'Name 2' } },
        { writer: { name: 'Name 2' }, reader: { name: 'Name 2' } },
      ],
    },
    ids: [['1', '2']],
  })
})

it('fetches selections in another order, or with a key, once', async () => {
  const response = await run(
    '{ reviews { id writer { name a: nick id } reader { id a: nick name } } review { id reader { name a: nick } } }',
  )
  expect(response.ids).toEqual([['1', '2']])
  expect(response.isFast).toBe(true)
  expect(JSON.stringify(response.data)).toBe(
    JSON.stringify({
      reviews: [
        {
          id: 'r1',
          writer: { name: 'Name 1', a: 'Nick 1', id: '1' },
          reader: { id: '2', a: 'Nick 2', name: 'Name 2' },
        },
        {
          id: 'r2',
          writer: { name: 'Name 2', a: 'Nick 2', id: '2' },
          reader: { id: '2', a: 'Nick 2', name: 'Name 2' },
        },
      ],
      review: { id: 'r1', reader: { name: 'Name 2', a: 'Nick 2' } },
    }),
  )
})

it.each([
  ['different fields', '{ review { writer { name } reader { nick } } }', [['1'], ['2']]],
  ['different arguments', '{ review { writer { nick } reader { nick(upper: true) } } }', [['1'], ['2']]],
  [
    'different conditions',
    'query ($a: Boolean = true) { review { writer { name } reader { name @include(if: $a) } } }',
    [['1'], ['2']],
  ],
])('does not merge fetches with %s', async (_title, query, ids) => {
  const response = await run(query)
  expect(response.ids.toSorted()).toEqual(ids)
  expect(response.errors).toBeUndefined()
})

it('keeps different fields of later fetches apart', async () => {
  const query = `{ review {
    writer { friend { score: score(factor: 1) } } reader { friend { score: score(factor: 2) } }
  } }`
  // A field that was not selected makes the second execution fall back to the standard path.
  for (const isFast of [true, undefined]) {
    const { ids, ...response } = await run(query)
    expect(response).toMatchObject({
      data: { review: { writer: { friend: { score: 3 } }, reader: { friend: { score: 6 } } } },
    })
    expect(response.isFast).toBe(isFast)
    expect(ids).toEqual([['1', '2']])
    tamperWith((service, received) => {
      const entities = received.data?.['_entities'] as object[] | undefined
      if (service !== 'scores') return received
      return { data: { _entities: entities?.map((entity) => ({ ...entity, unexpected: true })) } }
    })
  }
})

it('merges the fetches that follow merged fetches', async () => {
  const query =
    '{ review { writer { friend { name score(factor: 1) } } reader { friend { name score(factor: 1) } } } }'
  const response = await run(query, 'scores')
  expect(response.data).toEqual({
    review: {
      writer: { friend: { name: 'Name 3', score: 3 } },
      reader: { friend: { name: 'Name 3', score: 3 } },
    },
  })
  expect(response.ids).toEqual([['3']])
})

it('reports a failed fetch at all of its paths', async () => {
  tamperWith((service, response) => {
    if (service === 'people') throw new Error('unreachable')
    return response
  })
  const { data, errors } = await run(
    '{ reviews { writer { name } reader { name } } none { writer { name } } }',
  )
  const person = { name: null }
  expect(data).toEqual({
    reviews: [
      { writer: person, reader: person },
      { writer: person, reader: person },
    ],
    none: [],
  })
  expect(errors?.map(({ path, extensions }) => [path?.join('.'), extensions?.['code']])).toEqual([
    ['reviews.0.writer.name', 'SUBGRAPH_UNAVAILABLE'],
    ['reviews.0.reader.name', 'SUBGRAPH_UNAVAILABLE'],
  ])
})

it('reports the error of an entity at its paths only, and a missing entity at none', async () => {
  const query = `{ odd { writer { name nick } reader { name } editor { name } } review { reader { name nick } } }`
  const { data, errors } = await run(query)
  expect(data).toEqual({
    odd: { writer: null, reader: { name: null }, editor: { name: 'Name 1' } },
    review: { reader: { name: 'Name 2', nick: 'Nick 2' } },
  })
  expect(errors?.map(({ path, extensions }) => [path?.join('.'), extensions?.['code']])).toEqual([
    ['odd.reader', 'FORBIDDEN'],
  ])
})

it('propagates the null of a missing entity to the parent of its own path', async () => {
  const { data, errors } = await run(
    '{ broken { writer { nick } reader { nick } editor { nick } } review { writer { nick } } }',
  )
  expect(data).toEqual({ broken: null, review: { writer: { nick: 'Nick 1' } } })
  expect(errors?.map(({ path }) => path?.join('.'))).toEqual(['broken.editor'])
})
