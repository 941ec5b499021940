import DataLoader from 'dataloader'

import type { Page } from './pagination'
import { toFieldsKey, uniteFields, type SelectedFields } from './selectedFields'

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

/** Identifies an entity and the selected fields. */
export interface SelectionKey {
  id: string
  fields: SelectedFields
}

/**
 * Creates a loader for one request of entities with selected fields. It coalesces the keys of a tick into one fetch of all fields
 * that are selected of any of them.
 *
 * @param fetch returns values by ID; an ID without one resolves to `missing`
 */
export function createSelectionLoader<Value, Missing extends Value>(
  fetch: (ids: readonly string[], fields: SelectedFields) => Promise<ReadonlyMap<string, Value>>,
  missing: Missing,
): DataLoader<SelectionKey, Value, string> {
  return createGroupedLoader<SelectionKey, Value>(
    () => '',
    (ids, _, keys) => fetch(ids, uniteFieldsOf(keys)),
    () => missing,
    ({ id, fields }) => `${id} ${toFieldsKey(fields)}`,
  )
}

const uniteFieldsOf = (keys: readonly { fields: SelectedFields }[]): SelectedFields =>
  uniteFields([...new Set(keys.map(({ fields }) => fields))])

/**
 * Creates a loader whose keys contain more than an ID: keys of the same group are fetched together.
 *
 * @param group returns the common part of the keys of one fetch, for example the requested page
 * @param fetch returns values by ID for one group; `sample` is any of its keys, `members` are all
 * @param toCacheKey returns the same text for keys with the same value
 */
export function createGroupedLoader<Key extends { id: string }, Value>(
  group: (key: Key) => string,
  fetch: (
    ids: readonly string[],
    sample: Key,
    members: readonly Key[],
  ) => Promise<ReadonlyMap<string, Value>>,
  missing: () => Value,
  toCacheKey: (key: Key) => string = (key) => `${key.id} ${group(key)}`,
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
          if (sample) {
            const ids = [...new Set(members.map(({ id }) => id))]
            fetched.set(name, await fetch(ids, sample, members))
          }
        }),
      )
      return keys.map((key) => fetched.get(group(key))?.get(key.id) ?? missing())
    },
    { cacheKeyFn: toCacheKey },
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

/** Identifies a page and the selected fields of its rows. */
export type PageSelectionKey = PageKey & SelectionKey

/** Creates a loader of pages whose rows have selected fields. Equal pages of several parents are fetched together. */
export function createPageSelectionLoader<Row>(
  fetch: (ids: readonly string[], page: Page, fields: SelectedFields) => Promise<ReadonlyMap<string, Row[]>>,
): DataLoader<PageSelectionKey, Row[], string> {
  return createGroupedLoader<PageSelectionKey, Row[]>(
    toPageGroup,
    (ids, { page }, keys) => fetch(ids, page, uniteFieldsOf(keys)),
    () => [],
    (key) => `${key.id} ${toPageGroup(key)} ${toFieldsKey(key.fields)}`,
  )
}

/** Returns the common part of equal pages of different parents: all but the scope of their cursors. */
export function toPageGroup({ page: { limit, backward, from } }: PageKey): string {
  return JSON.stringify([limit, backward, from])
}
