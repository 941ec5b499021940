import { DeleteCommentDocument } from '@agora/client/apollo'
import { useMutation } from '@apollo/client/react'

import { ConfirmButton } from '../../components/ConfirmButton.tsx'

export function DeleteCommentButton({ commentId }: { commentId: string }) {
  const [deleteComment] = useMutation(DeleteCommentDocument, { variables: { input: { commentId } } })
  return (
    <ConfirmButton
      label="Delete"
      accessibleName="Delete your comment"
      title="Delete your comment?"
      onConfirm={async () => {
        const { data, error } = await deleteComment()
        return { userErrors: data?.deleteComment?.userErrors, error }
      }}
    >
      The replies to it stay.
    </ConfirmButton>
  )
}
