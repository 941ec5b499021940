import { TextAreaField, TextField } from '../../components/form/fields.tsx'
import { Form } from '../../components/form/Form.tsx'
import type { SubmitResult } from '../../components/form/formErrors.ts'
import { readText, readWords } from '../../components/form/readText.ts'

export interface PostValues {
  title: string
  body: string
  tags: string[]
}

interface PostFormProps {
  submit: string
  /** The values of the post to edit. */
  post?: { title: string; body: string; tags: readonly string[] }
  onSubmit: (values: PostValues) => Promise<SubmitResult>
  onCancel?: () => void
}

export function PostForm({ submit, post, onSubmit, onCancel }: PostFormProps) {
  return (
    <div className="card">
      <Form
        submit={submit}
        onSubmit={(values) =>
          onSubmit({
            title: readText(values, 'title'),
            body: readText(values, 'body'),
            tags: readWords(values, 'tags'),
          })
        }
        {...(onCancel && { onCancel })}
      >
        <TextField name="title" label="Title" defaultValue={post?.title} required />
        <TextAreaField
          name="body"
          label="Text"
          rows={10}
          hint="Markdown."
          defaultValue={post?.body}
          required
        />
        <TextField name="tags" label="Tags" hint="Separated by spaces." defaultValue={post?.tags.join(' ')} />
      </Form>
    </div>
  )
}
