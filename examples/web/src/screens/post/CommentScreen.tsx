import { gql, type TypedDocumentNode } from '@apollo/client'
import { useQuery } from '@apollo/client/react'
import { Redirect } from 'wouter'

import { isInvalidId } from '../../api/errors.ts'
import { ErrorMessage } from '../../components/ErrorMessage.tsx'
import { ListSkeleton } from '../../components/Skeleton.tsx'
import { NotFoundScreen } from '../../layout/NotFoundScreen.tsx'
import { Page } from '../../layout/Page.tsx'

interface PostOfComment {
  comment: { id: string; post: { id: string } | null } | null
}

const postOfCommentDocument: TypedDocumentNode<PostOfComment, { id: string }> = gql`
  query PostOfComment($id: ID!) {
    comment(id: $id) {
      id
      post {
        id
      }
    }
  }
`

/** Leads from the link of a mail about a comment to the post of the comment. */
export default function CommentScreen({ params }: { params: { id: string } }) {
  const { data, error, loading, refetch } = useQuery(postOfCommentDocument, { variables: { id: params.id } })
  const post = data?.comment?.post
  if (post) return <Redirect to={`/posts/${post.id}`} replace />
  if (loading) {
    return (
      <Page title="Comment" hidesTitle>
        <ListSkeleton rows={2} label="Loading the post" />
      </Page>
    )
  }
  if (error && !isInvalidId(error)) {
    return (
      <Page title="Comment">
        <ErrorMessage title="The comment could not be loaded" error={error} onRetry={() => refetch()} />
      </Page>
    )
  }
  return <NotFoundScreen title="Comment not found" />
}
