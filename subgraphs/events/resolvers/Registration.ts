import type { RegistrationResolvers } from '../__generated__/resolvers'

export const Registration: RegistrationResolvers = {
  __resolveReference: ({ id }, { service }) => service.registrationReference(id),
  event: (registration, _, { service }) => service.eventOf(registration),
  user: ({ userId }) => ({ __typename: 'User', id: userId }),
  waitlistPosition: (registration, _, { service }) => service.waitlistPosition(registration),
  ticketCode: (registration, _, { service }) => service.ticketCode(registration),
}
