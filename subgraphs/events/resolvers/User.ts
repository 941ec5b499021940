import type { UserResolvers } from '../__generated__/resolvers'

export const User: UserResolvers = {
  organizedEvents: ({ id }, args, { service }) => service.organizedEvents(id, args),
  registrations: ({ id }, args, { service }) => service.registrationsOfUser(id, args),
}
