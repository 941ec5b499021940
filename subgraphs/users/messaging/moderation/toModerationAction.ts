import { z } from 'zod'

import type { DomainEvent } from '../../../../packages/event-log'
import {
  deriveActionId,
  type ModerationAction,
  type ModerationActionType,
} from '../../domain/moderation/moderationAction'

/** The data of the events of moderators. Without a moderator, an event of content is an act of its author. */
const dataShape = z.object({
  moderatorId: z.string().nullish(),
  reason: z.string().nullish(),
  subjectId: z.string().optional(),
  role: z.enum(['MEMBER', 'MODERATOR', 'ADMIN']).optional(),
  until: z.coerce.date().nullish(),
  status: z.string().optional(),
  isPrimary: z.boolean().optional(),
})
type ActionData = z.output<typeof dataShape>

/** Events that are acts of moderators also without the name of one: of operators. */
const accountActions: Readonly<Record<string, ModerationActionType>> = {
  'user.suspended': 'SUSPEND_USER',
  'user.unsuspended': 'UNSUSPEND_USER',
  'user.roleChanged': 'SET_ROLE',
}

const contentActions: Readonly<Record<string, ModerationActionType>> = {
  'comment.hidden': 'HIDE_COMMENT',
  'comment.unhidden': 'UNHIDE_COMMENT',
  'comment.deleted': 'REMOVE_COMMENT',
  'post.deleted': 'REMOVE_POST',
  'post.restored': 'RESTORE_POST',
  'event.deleted': 'REMOVE_EVENT',
  'user.contentRemovalRequested': 'REMOVE_CONTENT',
}

function findActionType(type: string, data: ActionData): ModerationActionType | undefined {
  const accountAction = accountActions[type]
  if (accountAction) return accountAction
  if (data.moderatorId == null) return undefined
  // One act resolves all open reports on a subject.
  if (type === 'report.resolved')
    return data.isPrimary ? (data.status === 'DISMISSED' ? 'DISMISS_REPORT' : 'RESOLVE_REPORT') : undefined
  return contentActions[type]
}

/** Converts a domain event into an entry of the moderation log; undefined for events that are not acts of moderators. */
export function toModerationAction(event: DomainEvent): ModerationAction | undefined {
  const parsed = dataShape.safeParse(event.data)
  const type = parsed.success ? findActionType(event.type, parsed.data) : undefined
  if (!parsed.success || !type) return undefined
  const { moderatorId = null, reason = null, subjectId, role, until } = parsed.data
  return {
    id: deriveActionId(event.id),
    type,
    moderatorId,
    subjectId: subjectId ?? event.entity,
    reason,
    role: (type === 'SET_ROLE' && role) || null,
    until: (type === 'SUSPEND_USER' && until) || null,
    createdAt: new Date(event.at),
  }
}
