import type { Comment } from '../../subgraphs/comments/comment'
import type { Event } from '../../subgraphs/events/event'
import type { Post } from '../../subgraphs/posts/post'
import type { User } from '../../subgraphs/users/user'

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
export type CommentPlace = Pick<Comment, 'postId' | 'depth'>

/**
 * Where an import puts what it reads. What is there already, by id, is left as it is: so an import can be repeated,
 * and does not undo what people have changed since. The writing methods return how many were new.
 */
export interface Sink {
  /** Imported people have no password, and a handle that is taken by somebody else is replaced. */
  users(users: readonly User[]): Promise<number>
  posts(posts: readonly Post[]): Promise<number>
  comments(comments: readonly Comment[]): Promise<number>
  events(events: readonly Event[]): Promise<number>
  /** Confirms each, in order, whatever the time; the events must be there. */
  registrations(registrations: readonly ImportedRegistration[]): Promise<number>
  /** Which of these posts are there. */
  postIds(ids: readonly string[]): Promise<ReadonlySet<string>>
  /** Which of these events are there. */
  eventIds(ids: readonly string[]): Promise<ReadonlySet<string>>
  /** Those of these comments that are there. */
  commentPlaces(ids: readonly string[]): Promise<ReadonlyMap<string, CommentPlace>>
}

/** Of several with one id, the first. */
export function distinct<Entity extends { id: string }>(entities: readonly Entity[]): Entity[] {
  const byId = new Map<string, Entity>()
  for (const entity of entities) if (!byId.has(entity.id)) byId.set(entity.id, entity)
  return [...byId.values()]
}
