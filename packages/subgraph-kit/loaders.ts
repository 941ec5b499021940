import DataLoader from 'dataloader'

import type { Page } from './pagination'

/** Identifies a page of the rows of one parent. */
export interface PageKey {
  id: string
  page: Page
}

/**
 * Creates a loader for one request, which coalesces the keys of a tick into one fetch.
 *
 * @param fetch returns values by key; a key without one resolves to `missing`
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
 * Creates a loader whose keys contain more than an ID: keys of the same group are fetched together.
 *
 * @param group returns what keys of one fetch have in common, for example the requested page
 * @param fetch returns values by ID for one group; `sample` is any of its keys
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

/** Creates a loader of pages. Equal pages of several parents are fetched together; the scopes of their cursors may differ. */
export function createPageLoader<Row>(
  fetch: (ids: readonly string[], page: Page) => Promise<ReadonlyMap<string, Row[]>>,
): DataLoader<PageKey, Row[], string> {
  return createGroupedLoader(
    toPageGroup,
    (ids, { page }) => fetch(ids, page),
    () => [],
  )
}

/** Returns what equal pages of different parents have in common: all but the scope of their cursors. */
export function toPageGroup({ page: { limit, backward, from } }: PageKey): string {
  return JSON.stringify([limit, backward, from])
}
