import { createGroupedLoader, createLoader } from '../../../packages/subgraph-kit/loaders'

it('fetches many keys once, and returns values in their order', async () => {
  const asked: (readonly string[])[] = []
  const loader = createLoader<number, 0>(async (keys) => {
    asked.push(keys)
    return new Map([
      ['b', 2],
      ['a', 1],
    ])
  }, 0)
  const answers = await Promise.all(['a', 'missing', 'b', 'a'].map((key) => loader.load(key)))
  expect(answers).toEqual([1, 0, 2, 1])
  expect(asked).toEqual([['a', 'missing', 'b']])
})

it('rejects all keys when the fetch fails', async () => {
  const loader = createLoader<number, 0>(async () => {
    throw new Error('down')
  }, 0)
  const answers = await Promise.allSettled([loader.load('a'), loader.load('b')])
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})

it('fetches the keys of a group together', async () => {
  const asked: string[] = []
  const loader = createGroupedLoader<{ id: string; size: number }, string[]>(
    ({ size }) => String(size),
    async (ids, { size }) => {
      asked.push(`${ids.join()} ${size}`)
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
  expect(asked.sort()).toEqual(['a,none 1', 'b,a 2'])
})
