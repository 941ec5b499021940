import { readIdType } from '../../../../schema/ids'
import type { Notification } from '../../domain/notifications/notification'
import { renderSubject, renderText } from '../../domain/notifications/templates'
import type { NewMail } from '../../domain/mail/mail'
import type { NewNotification } from '../../repository'
import type { UnsubscribeLinks } from './unsubscribe'

/** A notification to be mailed. */
export interface MailedNotification {
  notification: NewNotification
  /** Null for the system. */
  actorName: string | null
}

/** Returns the page of the frontend that shows the subject of a notification. */
function toPath({ subjectId }: Notification): string {
  if (subjectId === null) return '/notifications'
  switch (readIdType(subjectId)) {
    case 'Event':
      return `/events/${subjectId}`
    case 'Post':
      return `/posts/${subjectId}`
    case 'Comment':
      return `/comments/${subjectId}`
    default:
      return '/notifications'
  }
}

/** Converts a notification into a mail, which is sent once for each notification. */
export function toMail({ notification, actorName }: MailedNotification, links: UnsubscribeLinks): NewMail {
  const { id, recipientId, type, retractionKeys } = notification
  const text = renderText(notification, actorName)
  const unsubscribeUrl = links.createUrl({ userId: recipientId, type })
  return {
    key: `ntf/${id}`,
    recipient: { userId: recipientId },
    retractionKeys,
    template: {
      name: 'notification',
      subject: renderSubject(notification, text),
      text,
      path: toPath(notification),
      ...(unsubscribeUrl !== undefined && { unsubscribeUrl }),
    },
  }
}
