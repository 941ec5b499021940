import { RepliesDocument, type CommentFieldsFragment } from '@agora/client/apollo'
import { useQuery } from '@apollo/client/react'
import { useState } from 'react'

import { ErrorMessage } from '../../components/ErrorMessage.tsx'
import { LoadMore } from '../../components/LoadMore.tsx'
import { CommentItem } from './CommentItem.tsx'
import { repliesPageSize } from './threadCache.ts'
import type { PostOfThread } from './useAddComment.ts'

interface RepliesProps {
  comment: CommentFieldsFragment
  post: PostOfThread
}

/** The replies to a comment: at once for those that came with the post, on request for deeper ones. */
export function Replies({ comment, post }: RepliesProps) {
  const { id, depth, replyCount } = comment
  const [isOpen, setOpen] = useState(depth === 0)
  if (replyCount === 0) return null
  if (isOpen) return <ReplyList commentId={id} post={post} />
  return (
    <button type="button" className="link-button" onClick={() => setOpen(true)}>
      {replyCount === 1 ? 'Show 1 reply' : `Show ${replyCount} replies`}
    </button>
  )
}

function ReplyList({ commentId, post }: { commentId: string; post: PostOfThread }) {
  // The page of PostWithThread has the same size, so that this reads it from the cache.
  const { data, error, loading, refetch, fetchMore } = useQuery(RepliesDocument, {
    variables: { commentId, first: repliesPageSize },
  })
  const replies = data?.comment?.replies
  if (!replies) {
    return loading ? (
      <p className="quiet" role="status">
        Loading replies …
      </p>
    ) : (
      <ErrorMessage title="Replies are unavailable" error={error} onRetry={() => refetch()} />
    )
  }
  return (
    <>
      <ol className="comments replies">
        {replies.nodes.map((reply) => (
          <CommentItem key={reply.id} comment={reply} post={post} />
        ))}
      </ol>
      {replies.pageInfo.hasNextPage && (
        <LoadMore
          label="Show more replies"
          onLoad={() => fetchMore({ variables: { first: 20, after: replies.pageInfo.endCursor } })}
        />
      )}
    </>
  )
}
