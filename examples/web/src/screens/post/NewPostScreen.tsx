import { CreatePostDocument } from '@agora/client/apollo'
import { useMutation } from '@apollo/client/react'
import { useState } from 'react'
import { Redirect, useLocation } from 'wouter'

import { TextAreaField, TextField } from '../../components/form/fields.tsx'
import { Form } from '../../components/form/Form.tsx'
import { readText } from '../../components/form/readText.ts'
import { Page } from '../../layout/Page.tsx'
import { useSession } from '../../session/session.ts'

export default function NewPostScreen() {
  const { isSignedIn, isLoading } = useSession()
  const [, navigate] = useLocation()
  const [createPost] = useMutation(CreatePostDocument)
  // A repeated submit, after a lost answer, creates no second post.
  const [idempotencyKey] = useState(() => crypto.randomUUID())
  if (!isSignedIn && !isLoading) return <Redirect to="/sign-in" replace />
  return (
    <Page title="Write a post">
      <div className="card">
        <Form
          submit="Publish"
          onSubmit={async (values) => {
            const tags = readText(values, 'tags')
              .split(/[\s,]+/)
              .filter(Boolean)
            const input = {
              title: readText(values, 'title'),
              body: readText(values, 'body'),
              tags,
              publish: true,
              idempotencyKey,
            }
            const { data, error } = await createPost({ variables: { input } })
            if (data?.createPost?.post) navigate(`/posts/${data.createPost.post.id}`)
            return { userErrors: data?.createPost?.userErrors, error }
          }}
        >
          <TextField name="title" label="Title" required />
          <TextAreaField name="body" label="Text" rows={10} hint="Markdown." />
          <TextField name="tags" label="Tags" hint="Separated by spaces." />
        </Form>
      </div>
    </Page>
  )
}
