import { RepliesDocument, type CommentFieldsFragment, type PageFragment } from '@agora/client/apollo'
import { useApolloClient, useQuery } from '@apollo/client/react'
import { useState } from 'react'

import { ErrorMessage } from '../../components/ErrorMessage.tsx'
import { LoadMore } from '../../components/LoadMore.tsx'
import { CommentItem } from './CommentItem.tsx'
import type { PostOfThread } from './useAddComment.ts'

/** A comment with the replies that were loaded with it: three levels below a top-level comment. */
export interface ThreadComment extends CommentFieldsFragment {
  replies?: LoadedReplies | null
}

interface LoadedReplies {
  nodes: readonly ThreadComment[]
  pageInfo: PageFragment
}

interface RepliesProps {
  comment: ThreadComment
  post: PostOfThread
}

/** The replies to a comment: those that came with the post at once, deeper ones on request. */
export function Replies({ comment, post }: RepliesProps) {
  const { id, replies, replyCount } = comment
  const [isOpen, setOpen] = useState(false)
  if (replies) return <ReplyList commentId={id} replies={replies} post={post} />
  if (replyCount === 0) return null
  if (isOpen) return <DeepReplies commentId={id} post={post} />
  return (
    <button type="button" className="link-button" onClick={() => setOpen(true)}>
      {replyCount === 1 ? 'Show 1 reply' : `Show ${replyCount} replies`}
    </button>
  )
}

function DeepReplies({ commentId, post }: { commentId: string; post: PostOfThread }) {
  const { data, error, loading, refetch } = useQuery(RepliesDocument, { variables: { commentId } })
  const replies = data?.comment?.replies
  if (replies) return <ReplyList commentId={commentId} replies={replies} post={post} />
  return loading ? (
    <p className="quiet" role="status">
      Loading replies …
    </p>
  ) : (
    <ErrorMessage title="Replies are unavailable" error={error} onRetry={() => refetch()} />
  )
}

interface ReplyListProps {
  commentId: string
  replies: LoadedReplies
  post: PostOfThread
}

function ReplyList({ commentId, replies, post }: ReplyListProps) {
  const apollo = useApolloClient()
  const { nodes, pageInfo } = replies
  if (nodes.length === 0) return null
  return (
    <>
      <ol className="comments replies">
        {nodes.map((reply) => (
          <CommentItem key={reply.id} comment={reply} post={post} />
        ))}
      </ol>
      {pageInfo.hasNextPage && (
        <LoadMore
          label="Show more replies"
          after={pageInfo.endCursor}
          onLoad={(after) =>
            // The cache adds the page to the list, which the query of the screen reads.
            apollo.query({ query: RepliesDocument, variables: { commentId, after } })
          }
        />
      )}
    </>
  )
}
