import { requireService } from '../../../packages/auth'
import type { QueryResolvers } from '../__generated__/resolvers'

export const Query = {
  viewer: (_, __, { service }) => service.viewer(),
  user: (_, { id }, { service }) => service.user(id),
  userByHandle: (_, { handle }, { service }) => service.userByHandle(handle),
  reports: (_, args, { service }) => service.reports(args),
  moderationLog: (_, args, { service }) => service.moderationLog(args),
  identityProviders: (_, __, { service }) => service.listIdentityProviders(),
  presentUserIds: (_, { ids }, { viewer, service }) => {
    requireService(viewer)
    return service.presentUserIds(ids)
  },
} satisfies QueryResolvers
