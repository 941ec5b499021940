import { z } from 'zod'

import type { DomainEvent } from '../../../../packages/event-log'
import type { NotificationEffects } from '../../domain/notifications/cause'

const roleShape = z.object({ moderatorId: z.string().nullish(), role: z.string() })
const reportShape = z.object({
  reporterId: z.string(),
  moderatorId: z.string().nullish(),
  status: z.enum(['RESOLVED', 'DISMISSED']),
  subjectId: z.string().nullish(),
})

/** Returns the effects of an event of a user or a report. */
export function toUserEffects(event: DomainEvent): NotificationEffects | undefined {
  switch (event.type) {
    case 'user.deleted':
      return { deletedUserId: event.entity }
    case 'user.roleChanged':
      return toRoleEffects(event)
    case 'report.resolved':
      return toReportEffects(event)
    default:
      return undefined
  }
}

function toRoleEffects({ id: eventId, entity: userId, data }: DomainEvent): NotificationEffects | undefined {
  const changed = roleShape.safeParse(data)
  if (!changed.success) return undefined
  const { moderatorId = null, role } = changed.data
  return {
    cause: {
      key: `event/${eventId}`,
      actorId: moderatorId,
      subjectId: userId,
      titleId: null,
      facts: { role },
      audiences: [{ template: 'roleChanged', audience: { kind: 'users', ids: [userId] } }],
      retractionKeys: [],
    },
  }
}

function toReportEffects({ id: eventId, data }: DomainEvent): NotificationEffects | undefined {
  const resolved = reportShape.safeParse(data)
  if (!resolved.success) return undefined
  const { reporterId, moderatorId = null, status, subjectId = null } = resolved.data
  return {
    cause: {
      key: `event/${eventId}`,
      actorId: moderatorId,
      hidesActor: true,
      subjectId,
      titleId: null,
      facts: {},
      audiences: [
        {
          template: status === 'RESOLVED' ? 'reportResolved' : 'reportDismissed',
          audience: { kind: 'users', ids: [reporterId] },
        },
      ],
      retractionKeys: [],
    },
  }
}
