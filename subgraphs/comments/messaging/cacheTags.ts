import type { DomainEvent } from '../../../packages/event-log'

/** Returns the tags of the cached answers that a domain event may have changed: the post whose thread it concerns. */
export function findInvalidatedTags({ type, data }: Pick<DomainEvent, 'type' | 'data'>): string[] {
  const { postId } = data
  return type.startsWith('comment.') && typeof postId === 'string' ? [postId] : []
}
