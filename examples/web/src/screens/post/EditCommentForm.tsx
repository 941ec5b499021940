import { EditCommentDocument } from '@agora/client/apollo'
import { useMutation } from '@apollo/client/react'

import { TextAreaField } from '../../components/form/fields.tsx'
import { Form } from '../../components/form/Form.tsx'
import { readText } from '../../components/form/readText.ts'

interface EditCommentFormProps {
  comment: { id: string; body: string }
  onClose: () => void
}

export function EditCommentForm({ comment, onClose }: EditCommentFormProps) {
  const [editComment] = useMutation(EditCommentDocument)
  return (
    <Form
      submit="Save"
      onSubmit={async (values) => {
        const input = { commentId: comment.id, body: readText(values, 'body') }
        const { data, error } = await editComment({ variables: { input } })
        if (data?.editComment?.comment) onClose()
        return { userErrors: data?.editComment?.userErrors, error }
      }}
      onCancel={onClose}
    >
      <TextAreaField
        name="body"
        label="Your comment"
        hidesLabel
        required
        autoFocus
        defaultValue={comment.body}
      />
    </Form>
  )
}
