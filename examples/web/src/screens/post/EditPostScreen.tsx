import { PostWithThreadDocument, UpdatePostDocument } from '@agora/client/apollo'
import { useMutation, useQuery } from '@apollo/client/react'
import { useLocation } from 'wouter'

import { isInvalidId } from '../../api/errors.ts'
import { announce } from '../../components/announce.ts'
import { ErrorMessage } from '../../components/ErrorMessage.tsx'
import { ListSkeleton } from '../../components/Skeleton.tsx'
import { NotFoundScreen } from '../../layout/NotFoundScreen.tsx'
import { Page } from '../../layout/Page.tsx'
import { PostForm } from './PostForm.tsx'

export default function EditPostScreen({ params }: { params: { id: string } }) {
  const [, navigate] = useLocation()
  // The query of the post's page, so that its cached data is used.
  const { data, error, loading, refetch } = useQuery(PostWithThreadDocument, { variables: { id: params.id } })
  const [updatePost] = useMutation(UpdatePostDocument)
  const post = data?.post
  if (!loading && (!error || isInvalidId(error)) && !post?.viewerCanUpdate)
    return <NotFoundScreen title="Post not found" />
  const path = `/posts/${params.id}`
  return (
    <Page title="Edit the post">
      {post ? (
        <PostForm
          submit="Save"
          post={post}
          onSubmit={async (values) => {
            // Refused when the post was changed elsewhere in the meantime.
            const input = { postId: post.id, ...values, expectedUpdatedAt: post.updatedAt }
            const result = await updatePost({ variables: { input } })
            if (result.data?.updatePost?.post) {
              announce('The post was saved.')
              navigate(path)
            }
            return { userErrors: result.data?.updatePost?.userErrors, error: result.error }
          }}
          onCancel={() => navigate(path)}
        />
      ) : loading ? (
        <ListSkeleton rows={1} label="Loading the post" />
      ) : (
        <ErrorMessage title="The post could not be loaded" error={error} onRetry={() => refetch()} />
      )}
    </Page>
  )
}
