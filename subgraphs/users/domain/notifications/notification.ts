import { dayMs } from '../../../../packages/platform'
import type { Order } from '../../../../packages/subgraph-kit/pagination'
import { derivedId } from '../../../../schema/ids'
import type { NotificationTemplate, TemplateFacts } from './templates'
import type { NotificationType } from './types'

/** A notification to one user. Its text is rendered when it is read: see {@link renderText}. */
export interface Notification {
  id: string
  recipientId: string
  type: NotificationType
  template: NotificationTemplate
  facts: TemplateFacts
  /** Null for the system. The account may have been deleted since. */
  actorId: string | null
  /** The ID of a user, event, post or comment; null without one. */
  subjectId: string | null
  createdAt: Date
  readAt: Date | null
}

/** Returns the ID of the notification of one recipient and cause: the same one whenever the cause is handled again. */
export function deriveNotificationId(recipientId: string, cause: string): string {
  return derivedId('Notification', recipientId, cause)
}

/** Returns the key of the notification of a mention in a post or comment, which an edit that removes the mention retracts. */
export const toMentionKey = (subjectId: string, handle: string) => `mention/${subjectId}/${handle}`

/** For how long notifications are kept. */
export const notificationLifetimeMs = 90 * dayMs

export const newestFirst: Order = [
  { field: 'createdAt', direction: -1, type: 'date' },
  { field: '_id', direction: -1, type: 'string' },
]

/** Returns the values of a notification in {@link newestFirst}. */
export const newestFirstKey = ({ createdAt, id }: Notification) => [createdAt, id]
