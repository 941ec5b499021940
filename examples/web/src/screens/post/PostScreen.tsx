import { CommentAddedDocument, CommentUpdatedDocument, PostWithThreadDocument } from '@agora/client/apollo'
import { useApolloClient, useQuery } from '@apollo/client/react'
import { Link } from 'wouter'

import { isInvalidId } from '../../api/errors.ts'
import { useLiveUpdates } from '../../api/useLiveUpdates.ts'
import { announce } from '../../components/announce.ts'
import { Byline } from '../../components/Byline.tsx'
import { ErrorMessage } from '../../components/ErrorMessage.tsx'
import { Icon } from '../../components/Icon.tsx'
import { Markdown } from '../../components/Markdown.tsx'
import { ListSkeleton } from '../../components/Skeleton.tsx'
import { Tags } from '../../components/Tags.tsx'
import { TimeAgo } from '../../components/TimeAgo.tsx'
import { NotFoundScreen } from '../../layout/NotFoundScreen.tsx'
import { Page } from '../../layout/Page.tsx'
import { useSession } from '../../session/session.ts'
import { PostActions } from './PostActions.tsx'
import { Thread } from './Thread.tsx'
import { addToThread } from './threadCache.ts'

export default function PostScreen({ params }: { params: { id: string } }) {
  const { viewer } = useSession()
  const { cache } = useApolloClient()
  const { data, error, loading, refetch, fetchMore } = useQuery(PostWithThreadDocument, {
    variables: { id: params.id },
  })
  const post = data?.post

  useLiveUpdates(CommentAddedDocument, {
    variables: { postId: params.id },
    onData: ({ commentAdded }) => {
      const comment = commentAdded?.comment
      if (!comment) return
      addToThread(cache, comment)
      if (comment.author && comment.author.id !== viewer?.id)
        announce(`New comment by ${comment.author.displayName}`)
    },
    refetch,
  })
  useLiveUpdates(CommentUpdatedDocument, { variables: { postId: params.id }, refetch })

  if (!post && loading) {
    return (
      <Page title="Post" hidesTitle>
        <ListSkeleton rows={2} label="Loading the post" />
      </Page>
    )
  }
  if (!post && error && !isInvalidId(error)) {
    return (
      <Page title="Post">
        <ErrorMessage title="The post could not be loaded" error={error} onRetry={() => refetch()} />
      </Page>
    )
  }
  if (!post) return <NotFoundScreen title="Post not found" />

  return (
    <Page title={post.title} hidesTitle>
      <article className="post">
        <h1>{post.title}</h1>
        <div className="post-head">
          <Byline author={post.author}>{post.publishedAt && <TimeAgo at={post.publishedAt} />}</Byline>
          <PostActions post={post} />
        </div>
        {post.imageUrl && <img className="post-image" src={post.imageUrl} alt="" />}
        <Markdown>{post.body}</Markdown>
        <Tags tags={post.tags} />
        {post.event && (
          <Link href={`/events/${post.event.id}`} className="post-event">
            <Icon name="events" />
            <span>
              About the event <strong>{post.event.title}</strong>
            </span>
          </Link>
        )}
      </article>
      <Thread
        post={post}
        error={error}
        onRetry={() => refetch()}
        onLoadMore={(after) => fetchMore({ variables: { after } })}
      />
    </Page>
  )
}
