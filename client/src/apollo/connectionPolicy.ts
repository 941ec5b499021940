import { mergePage } from './mergePage.ts'
import { readPage } from './readPage.ts'
import type { FieldOptions, FieldPolicy } from './cacheTypes.ts'
import type { IncomingConnection, StoredConnection } from './connectionRows.ts'

type StoredList = StoredConnection | null | undefined

/**
 * Creates a field policy for Apollo Client's cache that merges the pages of a connection, forwards and backwards, each row
 * once, whether queries select `edges`, `nodes` or both.
 *
 * - A page is inserted at its cursor. A first page replaces the rows that it overlaps. Rows loaded after it stay if the last
 *   row of the page is among the stored ones, also after `refetch()`.
 * - A query without a cursor reads as many rows as it requests, and the rows that `fetchMore` has added to it. A query with a
 *   cursor reads the page after it, from the network if it is not loaded.
 * - Fields that were not selected are missing: a query for `edges { cursor }` after one for `nodes` goes to the network.
 *
 * @param keyArgs the arguments that identify a list: filters and orders, but not those of pagination
 */
export function connectionPolicy(
  keyArgs: string[] = [],
): FieldPolicy<StoredConnection | null, IncomingConnection | null> {
  return {
    keyArgs: keyArgs.length > 0 ? keyArgs : false,
    read: (existing, { args, canRead, storage }) => {
      storage['list'] = existing
      return existing && readPage(existing, args ?? {}, canRead)
    },
    merge: (existing, incoming, options) => {
      const list = existing ?? readHiddenList(options)
      return incoming && mergePage(list ?? {}, incoming, options.args ?? {}, options.mergeObjects)
    },
  }
}

/**
 * Returns the list that `refetch()` hides from a policy, so that it does not shrink. Before version 4.1, Apollo Client does not
 * provide it: then the list that was read last is used, without rows of optimistic responses.
 */
function readHiddenList(options: FieldOptions & { existingData?: unknown }): StoredList {
  if ('existingData' in options) return options.existingData as StoredList
  const list = options.storage['list'] as StoredList
  const edges = list?.edges?.filter(({ node }) => node === undefined || options.canRead(node))
  return list && { ...list, ...(edges && { edges }) }
}
