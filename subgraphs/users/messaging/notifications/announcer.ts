import type { EventLog } from '../../../../packages/event-log'
import type { Notification } from '../../domain/notifications/notification'

/**
 * The topic of new notifications. It has no consumers but subscriptions, and is separate from the topic of users: a
 * notification to thousands of people must not push other events out of the log.
 */
export const notificationsTopic = 'notifications'

/**
 * Creates the announcer of new notifications to subscribers. Their events need no outbox: the consumer that creates
 * them announces them before it stores its position, and again after a crash, under the same IDs.
 */
export function createAnnouncer({ publish }: Pick<EventLog, 'publish'>) {
  return async (notifications: readonly Notification[]): Promise<void> => {
    if (notifications.length === 0) return
    const events = notifications.map(({ id, recipientId, createdAt }) => ({
      id,
      type: 'notification.added',
      entity: id,
      sequence: 1,
      at: createdAt.toISOString(),
      data: { recipientId },
    }))
    await publish(notificationsTopic, events)
  }
}
