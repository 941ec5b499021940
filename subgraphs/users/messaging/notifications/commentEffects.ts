import { z } from 'zod'

import type { DomainEvent } from '../../../../packages/event-log'
import type { NotificationCause, NotificationEffects } from '../../domain/notifications/cause'
import { toMentionKey } from '../../domain/notifications/notification'
import { createRemovalCause, toRemovalKey } from './removalCause'

const addedShape = z.object({
  postId: z.string(),
  authorId: z.string(),
  parentAuthorId: z.string().nullish(),
  mentions: z.array(z.string()).default([]),
  removedMentions: z.array(z.string()).default([]),
})

/** Events of earlier versions name the post alone. */
const removalShape = z.object({
  authorId: z.string().nullish(),
  removedBy: z.enum(['AUTHOR', 'MODERATOR']).nullish(),
  moderatorId: z.string().nullish(),
  reason: z.string().nullish(),
})

/** Returns the effects of an event of a comment. */
export function toCommentEffects(event: DomainEvent): NotificationEffects | undefined {
  const { type, entity: id } = event
  switch (type) {
    case 'comment.added':
      return toAddedEffects(event)
    case 'comment.edited':
      return toEditedEffects(event)
    case 'comment.hidden':
    case 'comment.deleted': {
      const cause = toRemovalCause(event)
      return { hides: { id, hidden: true }, retracts: [id], ...(cause && { cause }) }
    }
    case 'comment.unhidden':
      return { hides: { id, hidden: false }, retracts: [toRemovalKey(id)] }
    default:
      return undefined
  }
}

function toAddedEffects({ entity: id, data }: DomainEvent): NotificationEffects | undefined {
  const added = addedShape.safeParse(data).data
  return added && createAddedEffects(id, added)
}

function createAddedEffects(
  id: string,
  added: z.output<typeof addedShape>,
): NotificationEffects & { cause: NotificationCause } {
  const { postId, authorId, parentAuthorId, mentions } = added
  return {
    cause: {
      key: `comment/${id}`,
      actorId: authorId,
      subjectId: id,
      titleId: postId,
      facts: {},
      audiences: [
        {
          template: 'reply',
          audience: { kind: 'users', ids: parentAuthorId == null ? [] : [parentAuthorId] },
        },
        { template: 'mentionInComment', audience: { kind: 'handles', handles: mentions } },
        { template: 'commentOnPost', audience: { kind: 'author', postId } },
      ],
      retractionKeys: [id, postId],
    },
  }
}

/**
 * Returns the effects of mentions in an edited text: the same cause, so that people whom the comment concerned before
 * are not notified.
 */
function toEditedEffects({ entity: id, data }: DomainEvent): NotificationEffects | undefined {
  const edited = addedShape.safeParse(data).data
  if (!edited) return undefined
  const { cause } = createAddedEffects(id, edited)
  const audiences = cause.audiences.filter(({ template }) => template === 'mentionInComment')
  const retracts = edited.removedMentions.map((handle) => toMentionKey(id, handle))
  return { retracts, cause: { ...cause, audiences } }
}

/** Returns the cause of a removal by a moderator; undefined for a comment that its author has deleted. */
function toRemovalCause(event: DomainEvent): NotificationCause | undefined {
  const removal = removalShape.safeParse(event.data)
  if (!removal.success) return undefined
  const { authorId, removedBy, moderatorId = null, reason } = removal.data
  const isHidden = event.type === 'comment.hidden'
  const isModeration = isHidden ? moderatorId !== null : removedBy === 'MODERATOR'
  if (authorId == null || !isModeration) return undefined
  return createRemovalCause(event, isHidden ? 'commentHidden' : 'commentRemoved', {
    authorId,
    moderatorId,
    reason,
  })
}
