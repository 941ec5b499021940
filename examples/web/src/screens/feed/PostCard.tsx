import type { PostCardFragment } from '@agora/client/apollo'
import { Link } from 'wouter'

import { Byline } from '../../components/Byline.tsx'
import { Icon } from '../../components/Icon.tsx'
import { Tags } from '../../components/Tags.tsx'
import { TimeAgo } from '../../components/TimeAgo.tsx'

export function PostCard({ post }: { post: PostCardFragment }) {
  const { id, title, excerpt, imageUrl, tags, publishedAt, author, commentCount } = post
  return (
    <article className="card post-card">
      <Byline author={author}>{publishedAt && <TimeAgo at={publishedAt} />}</Byline>
      <h2 className="post-card-title">
        {/* The link covers the card, but its name is the title only. */}
        <Link href={`/posts/${id}`} className="card-link">
          {title}
        </Link>
      </h2>
      {imageUrl && <img className="post-image" src={imageUrl} alt="" loading="lazy" />}
      <p className="post-card-excerpt">{excerpt}</p>
      <div className="post-card-foot">
        <Tags tags={tags} />
        <CommentCount count={commentCount} />
      </div>
    </article>
  )
}

/** The number of comments; null when comments are unavailable at the moment. */
export function CommentCount({ count }: { count: number | null }) {
  return (
    <span className="comment-count">
      <Icon name="comment" />
      {count === null ? 'Comments unavailable' : count === 1 ? '1 comment' : `${count} comments`}
    </span>
  )
}
