import type { Comment } from '../../subgraphs/comments/domain/comment'
import type { Event } from '../../subgraphs/events/domain/event'
import type { Post } from '../../subgraphs/posts/domain/post'
import type { User } from '../../subgraphs/users/domain/user'

/** A confirmed place at an event, as an import knows it. */
export interface ImportedRegistration {
  id: string
  eventId: string
  userId: string
  /** 0 to 100. */
  guestCount: number
  registeredAt: Date
}

/** Where a comment hangs. */
export type CommentPosition = Pick<Comment, 'postId' | 'depth'>

/**
 * Where an import puts what it reads. What is there already, by id, is left as it is: so an import can be repeated,
 * and does not undo what people have changed since. The writing methods return how many were new.
 */
export interface EntityWriter {
  /** Imported people have no password, and a handle that is taken by somebody else is replaced. */
  writeUsers(users: readonly User[]): Promise<number>
  writePosts(posts: readonly Post[]): Promise<number>
  writeComments(comments: readonly Comment[]): Promise<number>
  writeEvents(events: readonly Event[]): Promise<number>
  /** Confirms each, in order, whatever the time; the events must be there. */
  writeRegistrations(registrations: readonly ImportedRegistration[]): Promise<number>
  /** Which of these posts are there. */
  findPostIds(ids: readonly string[]): Promise<ReadonlySet<string>>
  /** Which of these events are there. */
  findEventIds(ids: readonly string[]): Promise<ReadonlySet<string>>
  /** Those of these comments that are there. */
  findCommentPositions(ids: readonly string[]): Promise<ReadonlyMap<string, CommentPosition>>
}

/** Of several with one id, the first. */
export function deduplicateById<Entity extends { id: string }>(entities: readonly Entity[]): Entity[] {
  const byId = new Map<string, Entity>()
  for (const entity of entities) if (!byId.has(entity.id)) byId.set(entity.id, entity)
  return [...byId.values()]
}
