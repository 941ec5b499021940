import type { FieldPolicy, StoreObject } from '@apollo/client'

import { mergePage } from './mergePage.ts'
import { readPage } from './readPage.ts'
import type { IncomingConnection, StoredConnection } from './connectionRows.ts'

/**
 * A field policy for Apollo Client's cache that joins the pages of a connection to one growing list, whether queries
 * select `edges`, `nodes` or both, forwards and backwards, each row once.
 *
 * - A page goes where its cursor says. A first page replaces what it overlaps; what was loaded behind it stays when the
 *   page's last row is still known, so that a small list elsewhere on the screen does not shorten a long one.
 *   `refetch()` starts the list anew: Apollo hides what was there.
 * - A query without a cursor reads all that is loaded. A query with one reads the page behind that cursor, and goes to
 *   the network when it is not loaded yet.
 * - What was not asked for is missing, never made up: a query for `edges { cursor }` after one for `nodes` fetches.
 *
 * @param keyArgs the arguments that make a different list: filters and orders, never those of paging
 */
export function connectionPolicy(
  keyArgs: string[] = [],
): FieldPolicy<StoredConnection | null, IncomingConnection | null, StoreObject | null> {
  return {
    keyArgs: keyArgs.length > 0 ? keyArgs : false,
    read: (existing, { args, canRead }) => existing && readPage(existing, args ?? {}, canRead),
    merge: (existing, incoming, { args, mergeObjects }) =>
      incoming && mergePage(existing ?? {}, incoming, args ?? {}, mergeObjects),
  }
}
