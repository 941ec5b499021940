import { requireService } from '../../../packages/auth'
import type { QueryResolvers } from '../__generated__/resolvers'

export const Query: QueryResolvers = {
  event: (_, { id }, { service }) => service.event(id),
  events: (_, args, { service }) => service.events(args),
  registeredUserIds: (_, args, { viewer, service }) => {
    requireService(viewer)
    return service.registeredUserIds(args)
  },
  eventFacts: (_, args, { viewer, service }) => {
    requireService(viewer)
    return service.eventFacts(args)
  },
}
