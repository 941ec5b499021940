import { appendRow, type ConnectionRow, type StoredConnection } from './connectionRows.ts'
import type { Reference } from './cacheTypes.ts'

/** A type alias, since an interface is not assignable to Apollo's index signature. */
type Identified = { __typename: string; id: string }

/** A comment with the object whose list contains it, as `AddComment` and `CommentAdded` select it. */
export type NewComment = Identified & { parent: Identified | null; post: Identified | null }

/** The part of Apollo Client's cache that {@link addCommentToThread} uses. */
export interface ModifiableCache {
  identify(object: Identified): string | undefined
  modify(options: {
    id: string
    fields: Record<string, (list: any, details: { toReference(object: any): Reference | undefined }) => any> // eslint-disable-line @typescript-eslint/no-explicit-any -- the fields have values of every type
  }): boolean
}

/**
 * Adds a new comment to the list of its post or, for a reply, of its parent, once. It is the last of the list, also while the
 * rows before it are not loaded. For the `update` of `AddComment`, also with an optimistic response, and for `CommentAdded`.
 *
 * @param cursor that of `commentEdge`, if known
 */
export function addCommentToThread(
  cache: ModifiableCache,
  comment: NewComment | null | undefined,
  cursor?: string,
): void {
  const parent = comment?.parent ?? comment?.post
  const id = parent && cache.identify(parent)
  if (!comment || id === undefined || id === null) return
  cache.modify({
    id,
    fields: {
      [comment.parent ? 'replies' : 'comments']: (list: StoredConnection | null, { toReference }) => {
        const node = toReference({ __typename: comment.__typename, id: comment.id })
        const row: ConnectionRow = { __typename: 'CommentEdge', ...(cursor !== undefined && { cursor }) }
        return list && node ? appendRow(list, { ...row, node }) : list
      },
    },
  })
}
