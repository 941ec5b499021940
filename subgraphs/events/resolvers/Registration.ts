import type { RegistrationResolvers } from '../__generated__/resolvers'

export const Registration: RegistrationResolvers = {
  __resolveReference: ({ id }, { service }) => service.registrationReference(id),
  event: (registration, _, { service }) => service.eventOfRegistration(registration),
  user: ({ userId: id }) => (id === null ? null : { __typename: 'User', id }),
  waitlistPosition: (registration, _, { service }) => service.waitlistPosition(registration),
  ticketCode: (registration, _, { service }) => service.ticketCode(registration),
}
