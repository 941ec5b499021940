import {
  createGroupedLoader,
  createLoader,
  createPageSelectionLoader,
  createSelectionLoader,
} from '../../../packages/subgraph-kit/loaders'
import { readPage } from '../../../packages/subgraph-kit/pagination'

it('fetches many keys once, and returns values in their order', async () => {
  const requested: (readonly string[])[] = []
  const loader = createLoader<number, 0>(async (keys) => {
    requested.push(keys)
    return new Map([
      ['b', 2],
      ['a', 1],
    ])
  }, 0)
  const results = await Promise.all(['a', 'missing', 'b', 'a'].map((key) => loader.load(key)))
  expect(results).toEqual([1, 0, 2, 1])
  expect(requested).toEqual([['a', 'missing', 'b']])
})

it('rejects all keys when the fetch fails', async () => {
  const loader = createLoader<number, 0>(async () => {
    throw new Error('down')
  }, 0)
  const results = await Promise.allSettled([loader.load('a'), loader.load('b')])
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})

it('fetches the keys of a group together', async () => {
  const requested: string[] = []
  const loader = createGroupedLoader<{ id: string; size: number }, string[]>(
    ({ size }) => String(size),
    async (ids, { size }) => {
      requested.push(`${ids.join()} ${size}`)
      return new Map(ids.filter((id) => id !== 'none').map((id) => [id, [`${id}${size}`]]))
    },
    () => [],
  )
  const keys = [
    { id: 'a', size: 1 },
    { id: 'b', size: 2 },
    { id: 'none', size: 1 },
    { id: 'a', size: 2 },
    { id: 'a', size: 1 },
  ]
  expect(await Promise.all(keys.map((key) => loader.load(key)))).toEqual([['a1'], ['b2'], [], ['a2'], ['a1']])
  expect(requested.sort()).toEqual(['a,none 1', 'b,a 2'])
})

it('fetches entities with all fields that are selected in a tick', async () => {
  const requested: string[] = []
  const loader = createSelectionLoader<string, 'none'>(async (ids, fields) => {
    requested.push(`${ids.join()} ${[...fields].sort().join()}`)
    return new Map(ids.map((id) => [id, `${id} with ${fields.size}`]))
  }, 'none')
  const [title, body] = [new Set(['title']), new Set(['title', 'body'])]
  const load = (id: string, fields: ReadonlySet<string>) => loader.load({ id, fields })
  expect(await Promise.all([load('a', title), load('a', body), load('b', title)])).toEqual([
    'a with 2',
    'a with 2',
    'b with 2',
  ])
  await load('a', new Set(['body', 'excerpt']))
  await load('a', body)
  expect(requested).toEqual(['a,b body,title', 'a body,excerpt'])
})

it('fetches equal pages of different selections together', async () => {
  const requested: string[] = []
  const loader = createPageSelectionLoader<string>(async (ids, { limit }, fields) => {
    requested.push(`${ids.join()} ${limit} ${[...fields].sort().join()}`)
    return new Map()
  })
  const order = [{ field: '_id', direction: 1, type: 'string' }] as const
  const load = (id: string, first: number, field: string) =>
    loader.load({ id, page: readPage({ first }, order, id), fields: new Set([field]) })
  await Promise.all([load('a', 5, 'title'), load('b', 5, 'body'), load('b', 6, 'body')])
  expect(requested).toEqual(['a,b 5 body,title', 'b 6 body'])
})
