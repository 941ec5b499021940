import type { NotificationResolvers } from '../__generated__/resolvers'
import { findSubject } from './Subject'

export const Notification: NotificationResolvers = {
  __resolveReference: ({ id }, { service }) => service.notification(id),
  actor: ({ actorId }, _, { service }) => (actorId === null ? null : service.userReference(actorId)),
  subject: ({ subjectId }, _, context) => (subjectId === null ? null : findSubject(subjectId, context)),
  text: (notification, _, { service }) => service.notificationText(notification),
}
