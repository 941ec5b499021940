import { HideCommentDocument, UnhideCommentDocument, type CommentFieldsFragment } from '@agora/client/apollo'
import { useMutation } from '@apollo/client/react'

/** Hides a comment, or shows it again. For moderators. */
export function CommentModeration({ comment }: { comment: CommentFieldsFragment }) {
  const variables = { input: { commentId: comment.id } }
  const [hide] = useMutation(HideCommentDocument, { variables })
  const [unhide] = useMutation(UnhideCommentDocument, { variables })
  switch (comment.status) {
    case 'VISIBLE':
      return (
        <button type="button" className="link-button" onClick={() => void hide()}>
          Hide
        </button>
      )
    case 'HIDDEN':
      return (
        <button type="button" className="link-button" onClick={() => void unhide()}>
          Show again
        </button>
      )
    default:
      return null
  }
}
