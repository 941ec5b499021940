import { useState } from 'react'

import { Byline } from '../../components/Byline.tsx'
import { Markdown } from '../../components/Markdown.tsx'
import { ReportButton } from '../../components/ReportButton.tsx'
import { TimeAgo } from '../../components/TimeAgo.tsx'
import { useSession } from '../../session/session.ts'
import { CommentForm } from './CommentForm.tsx'
import { CommentModeration } from './CommentModeration.tsx'
import { DeleteCommentButton } from './DeleteCommentButton.tsx'
import { EditCommentForm } from './EditCommentForm.tsx'
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
  const [openForm, setOpenForm] = useState<'reply' | 'edit'>()
  const closeForm = () => setOpenForm(undefined)
  const { id, author, body, status, createdAt, editedAt } = comment
  const isPending = isOptimistic(id)
  const isStored = !isPending && status === 'VISIBLE'
  const isOwn = viewer !== undefined && viewer.id === author?.id
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
        ) : openForm === 'edit' ? (
          <EditCommentForm comment={{ id, body }} onClose={closeForm} />
        ) : (
          <Markdown>{body}</Markdown>
        )}
        <div className="comment-actions">
          {isSignedIn && isStored && openForm === undefined && (
            <button type="button" className="link-button" onClick={() => setOpenForm('reply')}>
              Reply
            </button>
          )}
          {isOwn && isStored && comment.viewerCanUpdate && openForm === undefined && (
            <button type="button" className="link-button" onClick={() => setOpenForm('edit')}>
              Edit
            </button>
          )}
          {isOwn && isStored && comment.viewerCanDelete && <DeleteCommentButton commentId={id} />}
          {viewer && author && !isOwn && status === 'VISIBLE' && (
            <ReportButton subjectId={id} subject={`the comment by ${author.displayName}`} />
          )}
          {isModerator && !isPending && <CommentModeration comment={comment} />}
        </div>
        {openForm === 'reply' && (
          <CommentForm post={post} parent={comment} onStored={closeForm} onCancel={closeForm} />
        )}
      </article>
      <Replies comment={comment} post={post} />
    </li>
  )
}
