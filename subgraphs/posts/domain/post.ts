import type { KeyValue, Order, OrderField } from '../../../packages/subgraph-kit/graphql/pagination'
import { hasRole, isSelf, type Viewer } from '../../../packages/auth/viewer'

export type PostStatus = 'DRAFT' | 'PUBLISHED'

export interface Post {
  id: string
  title: string
  /** Markdown. */
  body: string
  imageUrl: string | null
  /** Normalised. */
  tags: string[]
  status: PostStatus
  /** Null when an imported author is gone. */
  authorId: string | null
  eventId: string | null
  publishedAt: Date | null
  createdAt: Date
  updatedAt: Date
}

/** A post with what is worked out once, when it is written. */
export interface ExcerptedPost extends Post {
  /** The beginning of the body as plain text. */
  excerpt: string
}

/** A post with its place in every order. */
export interface RankedPost extends ExcerptedPost {
  /** All comments that show, as comments last told. */
  commentCount: number
  /** When the latest of them was written; {@link neverCommented} when there are none. */
  lastCommentedAt: Date
}

/** Stands for no time at all where posts are listed by their latest comments: an order's field is never null. */
export const neverCommented = new Date(0)

/** What comments say of a post. */
export interface CommentActivity {
  postId: string
  count: number
  lastCommentedAt: Date | null
  /** When they were counted. */
  asOf: Date
}

/** What other subgraphs know of a post. */
export interface PostFacts extends Pick<Post, 'id' | 'status' | 'authorId'> {
  /** How many changes the feed has told of. */
  sequence: number
}

/** What can be changed of a post. A field left out stays as it is. */
export type PostChanges = Partial<Pick<Post, 'title' | 'body' | 'imageUrl' | 'tags' | 'eventId'>>

/** What many posts can belong to, by the field that says so. */
export type PostParent = 'authorId' | 'eventId'

/** Posts of one status, and of one author where that is named. */
export interface VisibilityCondition {
  status: PostStatus
  authorId?: string
}

/** Which posts a list has; all conditions hold together. */
export interface PostSelection {
  /** Any of these. */
  visible: readonly VisibilityCondition[]
  search?: string
  tag?: string
  authorId?: string
  eventId?: string
}

/** Drafts show only to their author. */
export function canSee(viewer: Viewer, post: Post): boolean {
  return post.status === 'PUBLISHED' || isSelf(viewer, post.authorId)
}

/** The same rule for lists: which posts of these statuses show to the viewer. */
export function buildVisibilityConditions(
  viewer: Viewer,
  statuses: readonly PostStatus[],
): VisibilityCondition[] {
  const visible: VisibilityCondition[] = []
  if (statuses.includes('PUBLISHED')) visible.push({ status: 'PUBLISHED' })
  if (statuses.includes('DRAFT') && viewer.kind === 'signedIn') {
    visible.push({ status: 'DRAFT', authorId: viewer.id })
  }
  return visible
}

/** To update and to publish is for the author alone. */
export function canUpdate(viewer: Viewer, post: Post): boolean {
  return isSelf(viewer, post.authorId)
}

/** Moderators and administrators may delete what they can see. */
export function canDelete(viewer: Viewer, post: Post): boolean {
  return isSelf(viewer, post.authorId) || (canSee(viewer, post) && hasRole(viewer, 'MODERATOR'))
}

/** Where a post stands in lists by time: its publication, and for a draft its last change. */
export function listedAt(post: Pick<Post, 'publishedAt' | 'updatedAt'>): Date {
  return post.publishedAt ?? post.updatedAt
}

/** A post's place in the orders by time. */
export function timeSortKey(post: Post): readonly KeyValue[] {
  return [listedAt(post), post.id]
}

const byTime = (direction: 1 | -1): Order => [
  { field: 'listedAt', direction, type: 'date' },
  { field: '_id', direction, type: 'string' },
]

/** Those that are equal stand with the latest first. */
const mostFirst = (field: keyof RankedPost, type: OrderField['type']): Order => [
  { field, direction: -1, type },
  ...byTime(-1),
]

/** The orders that a post's own fields give. */
export const postOrders = {
  PUBLISHED_AT_DESC: byTime(-1),
  PUBLISHED_AT_ASC: byTime(1),
  COMMENT_COUNT_DESC: mostFirst('commentCount', 'number'),
  LAST_COMMENTED_AT_DESC: mostFirst('lastCommentedAt', 'date'),
} satisfies Record<string, Order>

/** A post's place in each of those orders. */
export const postSortKeys: Record<keyof typeof postOrders, (post: RankedPost) => readonly KeyValue[]> = {
  PUBLISHED_AT_DESC: timeSortKey,
  PUBLISHED_AT_ASC: timeSortKey,
  COMMENT_COUNT_DESC: (post) => [post.commentCount, ...timeSortKey(post)],
  LAST_COMMENTED_AT_DESC: (post) => [post.lastCommentedAt, ...timeSortKey(post)],
}

/** RELEVANCE is by how well a post matches a search, which is not in the post. */
export type PostOrder = keyof typeof postOrders | 'RELEVANCE'
