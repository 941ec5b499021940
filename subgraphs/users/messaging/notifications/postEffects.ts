import { z } from 'zod'

import type { DomainEvent } from '../../../../packages/event-log'
import type { NotificationCause, NotificationEffects } from '../../domain/notifications/cause'
import { toMentionKey } from '../../domain/notifications/notification'
import { createRemovalCause, toRemovalKey } from './removalCause'

const publishedShape = z.object({
  status: z.literal('PUBLISHED'),
  authorId: z.string(),
  mentions: z.array(z.string()).default([]),
  removedMentions: z.array(z.string()).default([]),
})

/** Events of earlier versions have no data. */
const deletedShape = z.object({
  removedBy: z.literal('MODERATOR'),
  authorId: z.string(),
  moderatorId: z.string().nullish(),
  reason: z.string().nullish(),
})

/** Returns the effects of an event of a post. */
export function toPostEffects(event: DomainEvent): NotificationEffects | undefined {
  const { type, entity: id } = event
  switch (type) {
    case 'post.created':
    case 'post.edited':
    case 'post.published':
      return toPublishedEffects(event)
    case 'post.deleted': {
      const cause = toRemovalCause(event)
      return { hides: { id, hidden: true }, retracts: [id], ...(cause && { cause }) }
    }
    case 'post.purged':
      // Not always after `post.deleted`: drafts are removed at once with the account of their author.
      return { hides: { id, hidden: true }, retracts: [id] }
    case 'post.restored':
      return { hides: { id, hidden: false }, retracts: [toRemovalKey(id)] }
    default:
      return undefined
  }
}

function toPublishedEffects({ entity: id, data }: DomainEvent): NotificationEffects | undefined {
  const published = publishedShape.safeParse(data)
  if (!published.success) return undefined
  const { authorId, mentions: handles, removedMentions } = published.data
  const retracts = removedMentions.map((handle) => toMentionKey(id, handle))
  if (handles.length === 0) return { retracts }
  return {
    retracts,
    cause: {
      key: `post/${id}`,
      actorId: authorId,
      subjectId: id,
      titleId: id,
      facts: {},
      audiences: [{ template: 'mentionInPost', audience: { kind: 'handles', handles } }],
      retractionKeys: [id],
    },
  }
}

/** Returns the cause of a removal by a moderator; undefined for a post that its author has deleted. */
function toRemovalCause(event: DomainEvent): NotificationCause | undefined {
  const deleted = deletedShape.safeParse(event.data)
  if (!deleted.success) return undefined
  const { authorId, moderatorId = null, reason } = deleted.data
  return createRemovalCause(event, 'postRemoved', { authorId, moderatorId, reason })
}
