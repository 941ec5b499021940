import { startAgoraFederation } from '../../../../support/inMemoryFederation'

// Two branches of a plan, one of which needs a fetch more until it reaches the people.

const person = (id: string) => ({ id, name: `Name ${id}`, friend: { id: '9' } })

const { execute, takeReceivedRequests, tamperWith } = startAgoraFederation({
  books: {
    typeDefs: `
      type Query { book: Book noBook: Book }
      type Book { title: String author: Person }
      type Person @key(fields: "id") { id: ID! }`,
    resolvers: { Query: { book: () => ({ title: 'A book', author: { id: '1' } }), noBook: () => null } },
  },
  films: {
    typeDefs: 'type Query { film: Film } type Film @key(fields: "id") { id: ID! }',
    resolvers: { Query: { film: () => ({ id: 'f' }) } },
  },
  casts: {
    typeDefs: `
      type Film @key(fields: "id") { id: ID! lead: Person extra: Person }
      type Person @key(fields: "id") { id: ID! }`,
    resolvers: { Film: { lead: () => ({ id: '2' }), extra: () => ({ id: '1' }) } },
  },
  people: {
    typeDefs: 'type Person @key(fields: "id") { id: ID! name: String friend: Person }',
    resolvers: { Person: { __resolveReference: ({ id }: { id: string }) => person(id) } },
  },
  scores: {
    typeDefs: 'type Person @key(fields: "id") { id: ID! score(factor: Int = 1): Int! }',
    resolvers: {
      Person: { score: ({ id }: { id: string }, { factor }: { factor: number }) => factor * Number(id) },
    },
  },
})

type Tamper = NonNullable<Parameters<typeof tamperWith>[0]>

/** Makes an execution fall back to the standard path after all of its fetches. */
const addUnknownField: Tamper = (service, received) => {
  const entities = received.data?.['_entities'] as object[] | undefined
  if (service !== 'scores' || !entities) return received
  return { data: { _entities: entities.map((entity) => ({ ...entity, unknown: true })) } }
}

const failing =
  (failed: string): Tamper =>
  (service, received) => {
    if (service === failed) throw new Error('unreachable')
    return received
  }

/** Executes a query, and returns the services and the entities of all requests. */
async function run(query: string, tamper?: Tamper) {
  tamperWith(tamper)
  const { data, errors, isFast } = await execute(query)
  const requests = takeReceivedRequests().map(({ service, variables: { representations } }) => {
    const ids = ((representations ?? []) as { id: string }[]).map(({ id }) => id)
    return [service, ...ids].join(' ')
  })
  return { data, paths: errors?.map(({ path }) => path?.join('.')), isFast, requests: requests.toSorted() }
}

const query = '{ book { author { name score } } film { lead { name score } extra { score name } } }'

it.each([
  ['fast', undefined],
  ['standard', addUnknownField],
])('sends equal fetches of several branches once, on the %s path', async (path, tamper) => {
  const { data, isFast, requests } = await run(query, tamper)
  expect(data).toEqual({
    book: { author: { name: 'Name 1', score: 1 } },
    film: { lead: { name: 'Name 2', score: 2 }, extra: { name: 'Name 1', score: 1 } },
  })
  expect(isFast).toBe(path === 'fast' ? true : undefined)
  expect(requests).toEqual(['books', 'casts f', 'films', 'people 1 2', 'scores 1 2'])
})

it('shares the fetches that follow shared fetches', async () => {
  const { data, requests } = await run(
    '{ book { author { friend { score } } } film { lead { friend { score } } } }',
  )
  const friend = { score: 9 }
  expect(data).toEqual({ book: { author: { friend } }, film: { lead: { friend } } })
  expect(requests).toEqual(['books', 'casts f', 'films', 'people 1 2', 'scores 9'])
})

it('does not let a branch wait that continues in another way', async () => {
  const { data, requests } = await run(
    '{ book { author { friend { score } } } film { lead { friend { score(factor: 2) } } } }',
  )
  expect(data).toEqual({
    book: { author: { friend: { score: 9 } } },
    film: { lead: { friend: { score: 18 } } },
  })
  expect(requests).toEqual(['books', 'casts f', 'films', 'people 1', 'people 2', 'scores 9', 'scores 9'])
})

it('fetches the entities of the other branches where one has none', async () => {
  const { data, requests } = await run('{ noBook { author { name } } film { lead { name } } }')
  expect(data).toEqual({ noBook: null, film: { lead: { name: 'Name 2' } } })
  expect(requests).toEqual(['books', 'casts f', 'films', 'people 2'])
})

it.each([
  ['books', ['book'], { book: null, film: { lead: { name: 'Name 2' } } }],
  ['casts', ['film.lead'], { book: { author: { name: 'Name 1' } }, film: { lead: null } }],
  [
    'people',
    ['book.author.name', 'film.lead.name'],
    { book: { author: { name: null } }, film: { lead: { name: null } } },
  ],
])('reports the failure of %s at the paths of its data only', async (service, paths, data) => {
  const failed = await run('{ book { author { name } } film { lead { name } } }', failing(service))
  expect(failed).toMatchObject({ data, paths })
})
