import type { NotificationResolvers } from '../__generated__/resolvers'

export const Notification: NotificationResolvers = {
  __resolveReference: ({ id }, { service }) => service.notification(id),
  actor: ({ actorId }, _, { service }) => (actorId === null ? null : service.userReference(actorId)),
  subject: (notification, _, { service }) => service.notificationSubject(notification),
  text: (notification, _, { service }) => service.notificationText(notification),
}
