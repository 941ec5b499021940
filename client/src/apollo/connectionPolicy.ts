import { mergePage } from './mergePage.ts'
import { readPage } from './readPage.ts'
import type { FieldPolicy } from './cacheTypes.ts'
import type { IncomingConnection, StoredConnection } from './connectionRows.ts'

/**
 * Creates a field policy for Apollo Client's cache that merges the pages of a connection, forwards and backwards, each row
 * once, whether queries select `edges`, `nodes` or both.
 *
 * - A page is inserted at its cursor. A first page replaces the rows that it overlaps. Rows loaded after it stay if the last
 *   row of the page is among the stored ones, so that a short list elsewhere on the screen does not truncate a long one.
 *   `refetch()` replaces the list, since Apollo hides the existing data from the policy.
 * - A query without a cursor reads all loaded rows. A query with a cursor reads the page after it, from the network if it is
 *   not loaded.
 * - Fields that were not selected are missing: a query for `edges { cursor }` after one for `nodes` goes to the network.
 *
 * @param keyArgs the arguments that identify a list: filters and orders, but not those of pagination
 */
export function connectionPolicy(
  keyArgs: string[] = [],
): FieldPolicy<StoredConnection | null, IncomingConnection | null> {
  return {
    keyArgs: keyArgs.length > 0 ? keyArgs : false,
    read: (existing, { args, canRead }) => existing && readPage(existing, args ?? {}, canRead),
    merge: (existing, incoming, { args, mergeObjects }) =>
      incoming && mergePage(existing ?? {}, incoming, args ?? {}, mergeObjects),
  }
}
