import { readSelectedFields } from '../../../packages/subgraph-kit'
import type { UserResolvers } from '../__generated__/resolvers'

export const User = {
  __resolveReference: ({ id }, { service }, info) =>
    service.selectedUser(id, readSelectedFields(info, 'User')),
  identities: (user, _, { service }) => service.visibleIdentities(user),
  suspension: (user, _, { service }) => service.visibleSuspension(user),
  notifications: ({ id }, { unreadOnly, ...page }, { service }) =>
    service.notifications(id, unreadOnly === true, page),
  unreadNotificationCount: ({ id }, _, { service }) => service.unreadNotificationCount(id),
  notificationSettings: ({ id }, _, { service }) => service.notificationSettings(id),
  email: (user, _, { service }) => service.visibleEmail(user),
  emailVerifiedAt: (user, _, { service }) => service.visibleEmailVerifiedAt(user),
  sessions: (user, _, { service }) => service.listSessions(user),
} satisfies UserResolvers
