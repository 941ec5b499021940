import type { PostWithThreadQuery } from '@agora/client/apollo'
import { Link } from 'wouter'

import { ErrorMessage } from '../../components/ErrorMessage.tsx'
import { LoadMore } from '../../components/LoadMore.tsx'
import { StateMessage } from '../../components/StateMessage.tsx'
import { useSession } from '../../session/session.ts'
import { CommentForm } from './CommentForm.tsx'
import { CommentItem } from './CommentItem.tsx'

interface ThreadProps {
  post: NonNullable<PostWithThreadQuery['post']>
  error: unknown
  onRetry: () => unknown
  onLoadMore: (after: string | null) => Promise<{ error?: unknown }>
}

/** The comments of a post, the oldest first. Null means that they are unavailable, while the post is not. */
export function Thread({ post, error, onRetry, onLoadMore }: ThreadProps) {
  const { isSignedIn } = useSession()
  const { comments, commentCount } = post
  return (
    <section className="thread" aria-labelledby="thread-title">
      <h2 id="thread-title">
        Comments {commentCount !== null && <span className="thread-count">{commentCount}</span>}
      </h2>
      {comments ? (
        <>
          {comments.nodes.length === 0 && (
            <StateMessage title="No comments yet">
              <p>Ask a question, or share what you know.</p>
            </StateMessage>
          )}
          <ol className="comments">
            {comments.nodes.map((comment) => (
              <CommentItem key={comment.id} comment={comment} post={post} />
            ))}
          </ol>
          {comments.pageInfo.hasNextPage && (
            <LoadMore label="Load more comments" after={comments.pageInfo.endCursor} onLoad={onLoadMore} />
          )}
        </>
      ) : (
        <ErrorMessage title="Comments are unavailable" error={error} onRetry={onRetry} />
      )}
      {comments &&
        (isSignedIn ? (
          <CommentForm post={post} parent={null} />
        ) : (
          <p className="sign-in-hint">
            <Link href="/sign-in">Sign in</Link> to join the conversation.
          </p>
        ))}
    </section>
  )
}
