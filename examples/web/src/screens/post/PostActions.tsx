import { DeletePostDocument, type PostDetailsFragment } from '@agora/client/apollo'
import { useApolloClient, useMutation } from '@apollo/client/react'
import { Link, useLocation } from 'wouter'

import { announce } from '../../components/announce.ts'
import { ConfirmButton } from '../../components/ConfirmButton.tsx'
import { ReportButton } from '../../components/ReportButton.tsx'
import { useSession } from '../../session/session.ts'

/** The actions of the viewer on a post: edit and delete it, or report it. */
export function PostActions({ post }: { post: PostDetailsFragment }) {
  const { viewer } = useSession()
  const [, navigate] = useLocation()
  const { cache } = useApolloClient()
  const [deletePost] = useMutation(DeletePostDocument, {
    variables: { input: { postId: post.id } },
  })
  if (!viewer) return null
  if (viewer.id !== post.author?.id) return <ReportButton subjectId={post.id} subject="this post" />
  return (
    <div className="actions">
      {post.viewerCanUpdate && (
        <Link href={`/posts/${post.id}/edit`} className="link-button">
          Edit
        </Link>
      )}
      {post.viewerCanDelete && (
        <ConfirmButton
          label="Delete"
          accessibleName="Delete the post"
          title="Delete the post?"
          onConfirm={async () => {
            const { data, error } = await deletePost()
            if (data?.deletePost?.deletedPostId) {
              announce('The post was deleted.')
              navigate('/')
              // Lists leave it out.
              cache.evict({ id: `Post:${post.id}` })
            }
            return { userErrors: data?.deletePost?.userErrors, error }
          }}
        >
          Its comments are deleted with it.
        </ConfirmButton>
      )}
    </div>
  )
}
