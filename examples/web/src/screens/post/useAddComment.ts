import {
  AddCommentDocument,
  type AddCommentMutation,
  type CommentFieldsFragment,
  type PostCardFragment,
} from '@agora/client/apollo'
import { useMutation } from '@apollo/client/react'
import { useRef } from 'react'

import type { SubmitResult } from '../../components/form/formErrors.ts'
import { useSession, type Session } from '../../session/session.ts'
import { addToThread, createOptimisticId } from './threadCache.ts'

export type PostOfThread = Pick<PostCardFragment, 'id' | 'commentCount'>

export interface CommentTarget {
  post: PostOfThread
  /** Null for a top-level comment. */
  parent: CommentFieldsFragment | null
}

/** Returns a function that adds a comment. It is on the screen at once; the server's response replaces or removes it. */
export function useAddComment({ post, parent }: CommentTarget): (body: string) => Promise<SubmitResult> {
  const { viewer } = useSession()
  const [addComment] = useMutation(AddCommentDocument)
  // The same until a comment is stored: the response to an earlier attempt may have been lost.
  const idempotencyKey = useRef(crypto.randomUUID())

  return async (body) => {
    const input = {
      postId: post.id,
      body,
      idempotencyKey: idempotencyKey.current,
      ...(parent && { parentId: parent.id }),
    }
    const isComplete = viewer !== undefined && body.trim() !== ''
    const { data, error } = await addComment({
      variables: { input },
      ...(isComplete && { optimisticResponse: createOptimisticResponse(body, viewer, { post, parent }) }),
      update(cache, { data }) {
        const comment = data?.addComment?.commentEdge?.node
        if (comment) addToThread(cache, comment)
      },
    })
    const isStored = Boolean(data?.addComment?.commentEdge)
    if (isStored) idempotencyKey.current = crypto.randomUUID()
    // A field of a stored comment may have failed.
    return { userErrors: data?.addComment?.userErrors, error: isStored ? undefined : error }
  }
}

function createOptimisticResponse(
  body: string,
  author: NonNullable<Session['viewer']>,
  { post, parent }: CommentTarget,
): AddCommentMutation {
  const counts = {
    __typename: 'Post' as const,
    id: post.id,
    commentCount: post.commentCount === null ? null : post.commentCount + 1,
  }
  return {
    addComment: {
      __typename: 'AddCommentPayload',
      commentEdge: {
        __typename: 'CommentEdge',
        cursor: '',
        node: {
          __typename: 'Comment',
          id: createOptimisticId(),
          body,
          status: 'VISIBLE',
          depth: parent ? parent.depth + 1 : 0,
          replyCount: 0,
          createdAt: new Date().toISOString(),
          editedAt: null,
          viewerCanUpdate: false,
          viewerCanDelete: false,
          author,
          replies: {
            __typename: 'CommentConnection',
            nodes: [],
            pageInfo: {
              __typename: 'PageInfo',
              hasNextPage: false,
              hasPreviousPage: false,
              startCursor: null,
              endCursor: null,
            },
          },
          post: counts,
          parent: parent && { __typename: 'Comment', id: parent.id, replyCount: parent.replyCount + 1 },
        },
      },
      post: counts,
      userErrors: [],
    },
  }
}
