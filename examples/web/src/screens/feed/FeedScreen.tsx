import { HomeDocument, PostPublishedDocument } from '@agora/client/apollo'
import { skipToken, useQuery } from '@apollo/client/react'
import { useState } from 'react'
import { Link } from 'wouter'

import { useLiveUpdates } from '../../api/useLiveUpdates.ts'
import { announce } from '../../components/announce.ts'
import { ErrorMessage } from '../../components/ErrorMessage.tsx'
import { LoadMore } from '../../components/LoadMore.tsx'
import { ListSkeleton } from '../../components/Skeleton.tsx'
import { StateMessage } from '../../components/StateMessage.tsx'
import { Page } from '../../layout/Page.tsx'
import { useSession } from '../../session/session.ts'
import { PostCard } from './PostCard.tsx'

const pageSize = 20

/** The latest posts. New ones are offered instead of inserted, so that nothing moves under the reader. */
export function FeedScreen() {
  const { isSignedIn } = useSession()
  const { data, error, fetchMore, refetch } = useQuery(
    HomeDocument,
    isSignedIn === undefined ? skipToken : { variables: { signedIn: isSignedIn, first: pageSize } },
  )
  const [newPostIds, setNewPostIds] = useState<readonly string[]>([])
  const posts = data?.posts

  useLiveUpdates(PostPublishedDocument, {
    variables: {},
    onData: ({ postPublished }) => {
      const post = postPublished?.post
      if (!post || posts?.nodes.some(({ id }) => id === post.id)) return
      setNewPostIds((ids) => (ids.includes(post.id) ? ids : [...ids, post.id]))
      announce(`New post: ${post.title}`)
    },
    refetch,
  })

  async function showNewPosts() {
    await refetch()
    setNewPostIds([])
    window.scrollTo({ top: 0 })
    document.querySelector<HTMLElement>('.post-card a')?.focus({ preventScroll: true })
  }

  return (
    <Page
      title="Latest posts"
      actions={
        isSignedIn && (
          <Link href="/posts/new" className="button button-primary">
            Write a post
          </Link>
        )
      }
    >
      {newPostIds.length > 0 && (
        <button type="button" className="new-posts" onClick={() => void showNewPosts()}>
          {newPostIds.length === 1 ? 'Show 1 new post' : `Show ${newPostIds.length} new posts`}
        </button>
      )}
      {posts ? (
        posts.nodes.length === 0 ? (
          <StateMessage title="No posts yet">
            <p>The first post starts the conversation.</p>
          </StateMessage>
        ) : (
          <ol className="feed" aria-label="Posts">
            {posts.nodes.map((post) => (
              <li key={post.id}>
                <PostCard post={post} />
              </li>
            ))}
          </ol>
        )
      ) : error ? (
        <ErrorMessage title="The posts could not be loaded" error={error} onRetry={() => refetch()} />
      ) : (
        <ListSkeleton label="Loading posts" />
      )}
      {posts?.pageInfo.hasNextPage && (
        <LoadMore
          label="Load more posts"
          after={posts.pageInfo.endCursor}
          isAutomatic
          onLoad={(after) => fetchMore({ variables: { signedIn: false, after } })}
        />
      )}
    </Page>
  )
}
