import { createGroupedLoader, createLoader } from '../../../packages/subgraph-kit/loaders'

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
