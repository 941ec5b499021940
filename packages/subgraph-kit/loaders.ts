import DataLoader from 'dataloader'

/**
 * A loader that asks for many keys at once and keeps DataLoader's contract: one answer a key, in the keys' order.
 * Made anew for each request.
 *
 * @param fetch what there is for these keys, by key; a key that is absent gets `missing`
 */
export function createLoader<Value, Missing extends Value>(
  fetch: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
  missing: Missing,
): DataLoader<string, Value> {
  return new DataLoader(async (keys) => {
    const found = await fetch(keys)
    return keys.map((key) => found.get(key) ?? missing)
  })
}

/**
 * A loader whose keys carry more than an ID: those that share a `group` are fetched together.
 *
 * @param group what is equal for keys that one fetch can answer, for example the page asked for
 * @param fetch what there is for the IDs of one group
 */
export function createGroupedLoader<Key extends { id: string }, Value>(
  group: (key: Key) => string,
  fetch: (ids: readonly string[], sample: Key) => Promise<ReadonlyMap<string, Value>>,
  missing: () => Value,
): DataLoader<Key, Value, string> {
  return new DataLoader(
    async (keys) => {
      const groups = new Map<string, Key[]>()
      for (const key of keys) {
        const members = groups.get(group(key))
        if (members) members.push(key)
        else groups.set(group(key), [key])
      }
      const fetched = new Map<string, ReadonlyMap<string, Value>>()
      await Promise.all(
        [...groups].map(async ([name, members]) => {
          const [sample] = members
          if (sample) fetched.set(name, await fetch([...new Set(members.map(({ id }) => id))], sample))
        }),
      )
      return keys.map((key) => fetched.get(group(key))?.get(key.id) ?? missing())
    },
    { cacheKeyFn: (key) => `${key.id} ${group(key)}` },
  )
}
