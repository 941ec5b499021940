import type { DomainEvent } from '../../../../packages/event-log'
import type { NotificationCause } from '../../domain/notifications/cause'
import type { NotificationTemplate } from '../../domain/notifications/templates'

/** A removal of a comment or a post by a moderator. */
interface Removal {
  authorId: string
  moderatorId: string | null
  /** A text of the moderator. */
  reason: string | null | undefined
}

/** Returns the key of the notifications about the removal of a comment or a post, which its restoration retracts. */
export const toRemovalKey = (id: string) => `removal/${id}`

/** Creates the cause of the notification of an author whose comment or post a moderator has removed. */
export function createRemovalCause(
  { id: eventId, entity: id }: DomainEvent,
  template: NotificationTemplate,
  { authorId, moderatorId, reason }: Removal,
): NotificationCause {
  return {
    key: `event/${eventId}`,
    actorId: moderatorId,
    hidesActor: true,
    subjectId: id,
    titleId: null,
    facts: reason == null ? {} : { message: reason },
    audiences: [{ template, audience: { kind: 'users', ids: [authorId] } }],
    retractionKeys: [toRemovalKey(id)],
  }
}
