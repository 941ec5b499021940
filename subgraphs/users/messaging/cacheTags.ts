import type { DomainEvent } from '../../../packages/event-log'

/** Returns the tags of the cached answers that a domain event may have changed: of a user whose public fields it concerns. */
export function findInvalidatedTags({ type, entity }: Pick<DomainEvent, 'type' | 'entity'>): string[] {
  switch (type) {
    case 'user.profileChanged':
    case 'user.roleChanged':
    case 'user.deleted':
      return [entity]
    default:
      return []
  }
}
