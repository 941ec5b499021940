import { useState } from 'react'

import { Byline } from '../../components/Byline.tsx'
import { Markdown } from '../../components/Markdown.tsx'
import { ReportButton } from '../../components/ReportButton.tsx'
import { TimeAgo } from '../../components/TimeAgo.tsx'
import { useSession } from '../../session/session.ts'
import { CommentForm } from './CommentForm.tsx'
import { CommentModeration } from './CommentModeration.tsx'
import { Replies, type ThreadComment } from './Replies.tsx'
import { isOptimistic } from './threadCache.ts'
import type { PostOfThread } from './useAddComment.ts'

interface CommentItemProps {
  comment: ThreadComment
  post: PostOfThread
}

/** A comment with its replies. */
export function CommentItem({ comment, post }: CommentItemProps) {
  const { viewer, isSignedIn, isModerator } = useSession()
  const [isReplying, setReplying] = useState(false)
  const { id, author, body, status, createdAt, editedAt } = comment
  const isPending = isOptimistic(id)
  const canReply = isSignedIn && !isPending && status === 'VISIBLE'
  return (
    <li className="comment" data-pending={isPending || undefined}>
      <article aria-label={`Comment by ${author?.displayName ?? 'an unavailable author'}`}>
        <Byline author={author} fallback={body === null ? 'Removed' : 'Author unavailable'}>
          {isPending ? 'Sending …' : <TimeAgo at={createdAt} />}
          {editedAt && ' · edited'}
          {status === 'HIDDEN' && body !== null && ' · hidden by a moderator'}
        </Byline>
        {body === null ? (
          <p className="comment-removed">
            {status === 'HIDDEN' ? 'A moderator has hidden this comment.' : 'This comment was deleted.'}
          </p>
        ) : (
          <Markdown>{body}</Markdown>
        )}
        <div className="comment-actions">
          {canReply && !isReplying && (
            <button type="button" className="link-button" onClick={() => setReplying(true)}>
              Reply
            </button>
          )}
          {viewer && author && author.id !== viewer.id && status === 'VISIBLE' && (
            <ReportButton subjectId={id} subject={`the comment by ${author.displayName}`} />
          )}
          {isModerator && !isPending && <CommentModeration comment={comment} />}
        </div>
        {isReplying && (
          <CommentForm
            post={post}
            parent={comment}
            onSent={() => setReplying(false)}
            onCancel={() => setReplying(false)}
          />
        )}
      </article>
      <Replies comment={comment} post={post} />
    </li>
  )
}
