import {
  addCommentToThread,
  RepliesDocument,
  type CommentThreadFragment,
  type NewComment,
} from '@agora/client/apollo'
import { gql, type ApolloCache, type TypedDocumentNode } from '@apollo/client'

const optimisticPrefix = 'optimistic:'
export const createOptimisticId = (): string => `${optimisticPrefix}${crypto.randomUUID()}`
/** Returns whether a comment is on the screen although the server has not responded yet. */
export const isOptimistic = (commentId: string): boolean => commentId.startsWith(optimisticPrefix)

type NewThreadComment = NewComment & CommentThreadFragment

const replyCountFragment: TypedDocumentNode<{ replyCount: number }> = gql`
  fragment ReplyCount on Comment {
    replyCount
  }
`

/** Adds a new comment to the end of its list, once: the subscription also delivers one's own comments. */
export function addToThread(cache: ApolloCache, comment: NewThreadComment): void {
  addCommentToThread(cache, comment)
  if (comment.parent) writeFirstReply(cache, comment.parent.id, comment)
}

/** Returns whether a list of replies has been loaded. */
function hasReplies(cache: ApolloCache, parentId: string): boolean {
  let isLoaded = false
  cache.modify({
    id: `Comment:${parentId}`,
    fields: {
      replies(list: unknown) {
        isLoaded = list != null
        return list
      },
    },
  })
  return isLoaded
}

/** Creates the list of a comment that had no replies, so that its list was never loaded. */
function writeFirstReply(cache: ApolloCache, parentId: string, reply: CommentThreadFragment): void {
  const parent = cache.readFragment({ fragment: replyCountFragment, id: `Comment:${parentId}` })
  // With more than one reply, the others have to be loaded first. A loaded list may contain deleted ones, which do not count.
  if (parent?.replyCount !== 1 || hasReplies(cache, parentId)) return
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
