import { TextAreaField } from '../../components/form/fields.tsx'
import { Form } from '../../components/form/Form.tsx'
import { readText } from '../../components/form/readText.ts'
import { useAddComment, type CommentTarget } from './useAddComment.ts'

interface CommentFormProps extends CommentTarget {
  /** Called as soon as the comment is on the screen, before the server has responded. */
  onSent?: () => void
  onCancel?: () => void
}

export function CommentForm({ post, parent, onSent, onCancel }: CommentFormProps) {
  const addComment = useAddComment({ post, parent })
  const label = parent ? 'Your reply' : 'Your comment'
  return (
    <Form
      submit={parent ? 'Reply' : 'Comment'}
      resets
      onSubmit={async (values) => {
        const body = readText(values, 'body')
        const result = addComment(body)
        if (body.trim() !== '') onSent?.()
        return await result
      }}
      {...(onCancel && { onCancel })}
    >
      <TextAreaField
        name="body"
        label={label}
        hidesLabel
        required
        autoFocus={parent !== null}
        placeholder={
          parent ? `Reply to ${parent.author?.displayName ?? 'this comment'} …` : 'Write a comment …'
        }
      />
    </Form>
  )
}
