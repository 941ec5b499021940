import { CreatePostDocument } from '@agora/client/apollo'
import { useMutation } from '@apollo/client/react'
import { useState } from 'react'
import { Redirect, useLocation } from 'wouter'

import { Page } from '../../layout/Page.tsx'
import { useSession } from '../../session/session.ts'
import { PostForm } from './PostForm.tsx'

export default function NewPostScreen() {
  const { isSignedIn, isLoading } = useSession()
  const [, navigate] = useLocation()
  const [createPost] = useMutation(CreatePostDocument)
  // A repeated submit, after a lost response, creates no second post.
  const [idempotencyKey] = useState(() => crypto.randomUUID())
  if (!isSignedIn && !isLoading) return <Redirect to="/sign-in" replace />
  return (
    <Page title="Write a post">
      <PostForm
        submit="Publish"
        onSubmit={async (values) => {
          const input = { ...values, publish: true, idempotencyKey }
          const { data, error } = await createPost({ variables: { input } })
          if (data?.createPost?.post) navigate(`/posts/${data.createPost.post.id}`)
          return { userErrors: data?.createPost?.userErrors, error }
        }}
      />
    </Page>
  )
}
