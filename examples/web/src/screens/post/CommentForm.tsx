import { useEffect, useRef, useState } from 'react'

import { TextAreaField } from '../../components/form/fields.tsx'
import { Form } from '../../components/form/Form.tsx'
import { readText } from '../../components/form/readText.ts'
import { useAddComment, type CommentTarget } from './useAddComment.ts'

interface CommentFormProps extends CommentTarget {
  /** Called when the server has stored the comment. */
  onStored?: () => void
  onCancel?: () => void
}

/** The form of a comment. That of a reply is hidden while the reply is sent, and returns with its text if it was not stored. */
export function CommentForm({ post, parent, onStored, onCancel }: CommentFormProps) {
  const addComment = useAddComment({ post, parent })
  const container = useRef<HTMLDivElement>(null)
  const [phase, setPhase] = useState<'open' | 'sending' | 'failed'>('open')
  useEffect(() => {
    if (phase === 'failed') container.current?.querySelector('textarea')?.focus()
  }, [phase])

  async function sendComment(body: string) {
    // A blank body is not on the screen while it is sent.
    if (parent && body.trim() !== '') setPhase('sending')
    let isStored = false
    try {
      const result = await addComment(body)
      isStored = result.error === undefined && !result.userErrors?.length
      return result
    } finally {
      setPhase(isStored ? 'open' : 'failed')
      if (isStored) onStored?.()
    }
  }

  const label = parent ? 'Your reply' : 'Your comment'
  return (
    <div ref={container} hidden={phase === 'sending'}>
      <Form
        submit={parent ? 'Reply' : 'Comment'}
        resets
        onSubmit={(values) => sendComment(readText(values, 'body'))}
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
    </div>
  )
}
