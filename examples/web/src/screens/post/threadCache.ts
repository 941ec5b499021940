import { RepliesDocument, type CommentThreadFragment } from '@agora/client/apollo'
import { gql, type ApolloCache, type Reference, type TypedDocumentNode } from '@apollo/client'

const optimisticPrefix = 'optimistic:'
export const createOptimisticId = (): string => `${optimisticPrefix}${crypto.randomUUID()}`
/** Returns whether a comment is on the screen although the server has not responded yet. */
export const isOptimistic = (commentId: string): boolean => commentId.startsWith(optimisticPrefix)

/** A list of comments as the type policies store it. */
interface StoredComments {
  edges: { node: Reference; cursor?: string }[]
  /** Whether the last page is loaded. */
  reachesEnd?: boolean
}

const replyCountFragment: TypedDocumentNode<{ replyCount: number }> = gql`
  fragment ReplyCount on Comment {
    replyCount
  }
`

interface Addition {
  postId: string
  /** Null for a top-level comment. */
  parentId: string | null
  comment: CommentThreadFragment
}

/**
 * Adds a new comment to the end of its list, once: the subscription also delivers one's own comments. A list whose end is not
 * loaded yet will contain it on its last page.
 */
export function addToThread(cache: ApolloCache, { postId, parentId, comment }: Addition): void {
  const [owner, field] =
    parentId === null
      ? [{ __typename: 'Post', id: postId }, 'comments']
      : [{ __typename: 'Comment', id: parentId }, 'replies']
  const id = cache.identify(owner)
  if (id === undefined) return
  const isAdded = cache.modify<Record<string, StoredComments>>({
    id,
    fields: {
      [field]: (list, { readField, toReference }) => {
        if ('__ref' in list || !list.reachesEnd) return list
        if (list.edges.some(({ node }) => readField('id', node) === comment.id)) return list
        const node = toReference({ __typename: 'Comment', id: comment.id })
        return node ? { ...list, edges: [...list.edges, { node }] } : list
      },
    },
  })
  if (parentId !== null && !isAdded) writeFirstReply(cache, parentId, comment)
}

/** Creates the list of a comment that had no replies, so that its list was never loaded. */
function writeFirstReply(cache: ApolloCache, parentId: string, reply: CommentThreadFragment): void {
  const parent = cache.readFragment({ fragment: replyCountFragment, id: `Comment:${parentId}` })
  // With more than one reply, the others have to be loaded first.
  if (parent?.replyCount !== 1) return
  cache.writeQuery({
    query: RepliesDocument,
    variables: { commentId: parentId },
    data: {
      comment: {
        __typename: 'Comment',
        id: parentId,
        replyCount: 1,
        replies: {
          __typename: 'CommentConnection',
          nodes: [reply],
          pageInfo: {
            __typename: 'PageInfo',
            hasNextPage: false,
            hasPreviousPage: false,
            startCursor: null,
            endCursor: null,
          },
        },
      },
    },
  })
}
