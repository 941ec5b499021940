import { hasRole, isSelf, type Viewer } from '../../../packages/auth'
import { canSeeDeleted, canTakeOverDeletion, type DeletionState } from './deletion'

export type PostStatus = 'DRAFT' | 'PUBLISHED'

/** The status by which lists and other subgraphs select a post: that of a deleted one is DELETED until it is restored. */
export type StoredStatus = PostStatus | 'DELETED'

export interface Post {
  id: string
  title: string
  /** Markdown. */
  body: string
  imageUrl: string | null
  /** Normalized. */
  tags: string[]
  status: PostStatus
  /** Null when the author of an imported post is unknown or deleted. */
  authorId: string | null
  eventId: string | null
  publishedAt: Date | null
  createdAt: Date
  updatedAt: Date
}

/** A post as it is stored, with its excerpt, which is derived from the body by each write. */
export interface ExcerptedPost extends Post, DeletionState {
  /** Plain text. */
  excerpt: string
}

/** The fields of a post that are read only for operations that select them. */
export const selectableFields = ['title', 'body', 'excerpt', 'imageUrl', 'tags'] as const
type SelectableField = (typeof selectableFields)[number]

/** A post as it is read for an operation: without the {@link selectableFields} that the operation does not select. */
export type SelectedPost = Omit<ExcerptedPost, SelectableField> &
  Partial<Pick<ExcerptedPost, SelectableField>>

/** A post as it is read for a list. */
export type SelectedRankedPost = SelectedPost & Omit<RankedPost, keyof ExcerptedPost>

/** A post with all values by which lists can be sorted. */
export interface RankedPost extends ExcerptedPost {
  /** The number of visible comments, as last reported by the comments subgraph. */
  commentCount: number
  /** When the latest visible comment was written; {@link neverCommented} when there is none. */
  lastCommentedAt: Date
}

/** The sort value of a post without comments: sort fields are never null. */
export const neverCommented = new Date(0)

/** The visible comments of a post, as reported by the comments subgraph. */
export interface CommentActivity {
  postId: string
  count: number
  lastCommentedAt: Date | null
  /** Higher for newer counts of the same post. */
  version: number
}

/** The part of a post that other subgraphs project. */
export interface PostFacts extends Pick<Post, 'id' | 'authorId'> {
  /** DELETED while it is deleted and not removed permanently. */
  status: StoredStatus
  /** The number of domain events of the post so far. */
  sequence: number
}

/** Changes of a post; omitted fields keep their values. */
export type PostChanges = Partial<Pick<Post, 'title' | 'body' | 'imageUrl' | 'tags' | 'eventId'>>

/** The fields that refer to a parent with a list of posts. */
export type PostParent = 'authorId' | 'eventId'

/** Matches the posts of one status, of one author if given. */
interface VisibilityCondition {
  status: PostStatus
  authorId?: string
}

/**
 * The conditions of a list, all of which must hold. Cursors contain a hash of it: renaming a member invalidates the
 * cursors that clients hold.
 */
export interface PostSelection {
  /** At least one of these must hold. */
  visible: readonly VisibilityCondition[]
  search?: string
  tag?: string
  authorId?: string
  eventId?: string
}

/**
 * Returns whether the viewer may see a post: drafts are visible to their authors only, deleted posts to their authors and
 * to moderators.
 */
export function canSee(viewer: Viewer, post: SelectedPost, now: Date): boolean {
  if (post.deletedAt) return canSeeDeleted(viewer, post, now)
  return post.status === 'PUBLISHED' || isSelf(viewer, post.authorId)
}

/** Returns whether everyone may see a post, and sees the same. */
export const isPublic = ({ status, deletedAt }: Pick<ExcerptedPost, 'status' | 'deletedAt'>): boolean =>
  status === 'PUBLISHED' && deletedAt === null

/** Returns the rule of {@link canSee} as conditions of a list, for posts of these statuses. */
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

/** Returns whether the viewer may update and publish a post: only its author may, and not while it is deleted. */
export function canUpdate(viewer: Viewer, post: SelectedPost): boolean {
  return post.deletedAt === null && isSelf(viewer, post.authorId)
}

/**
 * Returns whether the viewer may delete a post: its author, and moderators and administrators who can see it. They may also
 * take over the deletion by its author.
 */
export function canDelete(viewer: Viewer, post: SelectedPost): boolean {
  if (post.deletedAt) return canTakeOverDeletion(viewer, post)
  return isSelf(viewer, post.authorId) || (post.status === 'PUBLISHED' && hasRole(viewer, 'MODERATOR'))
}

/** Returns the time by which lists sort a post: its publication or, for a draft, its last update. */
export function getListedAt(post: Pick<Post, 'publishedAt' | 'updatedAt'>): Date {
  return post.publishedAt ?? post.updatedAt
}
