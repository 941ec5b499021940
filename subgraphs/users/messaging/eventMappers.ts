import type { EventMapper } from '../../../packages/subgraph-kit'
import type { Notification } from '../domain/notifications/notification'
import type { User } from '../domain/user'
import type { UsersService } from '../service'

/** The payload of `notificationAdded`. */
export interface AddedNotification {
  notification: Notification
  viewer: User | null
}

/** Creates the event mapper of `notificationAdded` for one recipient. */
export function createAddedNotificationMapper(
  recipientId: string,
): EventMapper<{ service: Pick<UsersService, 'notification' | 'userReference'> }> {
  return ({ type, entity, data }) => {
    if (type !== 'notification.added' || data['recipientId'] !== recipientId) return undefined
    return async ({ service }): Promise<AddedNotification | null> => {
      const notification = await service.notification(entity)
      return notification && { notification, viewer: await service.userReference(recipientId) }
    }
  }
}
