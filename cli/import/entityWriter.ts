import type { Comment } from '../../subgraphs/comments/domain/comment'
import type { Event } from '../../subgraphs/events/domain/event'
import type { Post } from '../../subgraphs/posts/domain/post'
import type { User } from '../../subgraphs/users/domain/user'

/** A confirmed registration. */
export interface ImportedRegistration {
  id: string
  eventId: string
  userId: string
  /** 0 to 100. */
  guestCount: number
  registeredAt: Date
}

/** The position of a comment in its thread. */
export type CommentPosition = Pick<Comment, 'postId' | 'depth'>

/**
 * Writes imported entities. Writes are idempotent: entities whose ID exists stay unchanged, also if users have edited them.
 * The methods return how many entities were new.
 */
export interface EntityWriter {
  /** Imported accounts have no password. A handle that is taken is replaced. */
  writeUsers(users: readonly User[]): Promise<number>
  writePosts(posts: readonly Post[]): Promise<number>
  writeComments(comments: readonly Comment[]): Promise<number>
  writeEvents(events: readonly Event[]): Promise<number>
  /** Confirms each registration, also of past events. The events must exist. */
  writeRegistrations(registrations: readonly ImportedRegistration[]): Promise<number>
  /** Returns the IDs of the posts that exist. */
  findPostIds(ids: readonly string[]): Promise<ReadonlySet<string>>
  /** Returns the IDs of the events that exist. */
  findEventIds(ids: readonly string[]): Promise<ReadonlySet<string>>
  /** Returns the positions of the comments that exist. */
  findCommentPositions(ids: readonly string[]): Promise<ReadonlyMap<string, CommentPosition>>
}

/** Keeps the first entity of each ID. */
export function deduplicateById<Entity extends { id: string }>(entities: readonly Entity[]): Entity[] {
  const byId = new Map<string, Entity>()
  for (const entity of entities) if (!byId.has(entity.id)) byId.set(entity.id, entity)
  return [...byId.values()]
}
