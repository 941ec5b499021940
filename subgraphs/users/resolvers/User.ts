import type { UserResolvers } from '../__generated__/resolvers'

export const User = {
  __resolveReference: ({ id }, { service }) => service.reference(id),
  email: (user, _, { service }) => service.emailOf(user),
} satisfies UserResolvers
