import type { EventResolvers } from '../__generated__/resolvers'
import { canCheckIn, countSeatsLeft, getRegistrationClosing } from '../domain/event'

export const Event: EventResolvers = {
  __resolveReference: ({ id }, { service }) => service.eventReference(id),
  organizer: ({ organizerId: id }) => (id === null ? null : { __typename: 'User', id }),
  seatsLeft: (event) => countSeatsLeft(event),
  registrations: (event, args, { service }) => service.registrationsOfEvent(event, args),
  viewerRegistration: (event, _, { service }) => service.viewerRegistration(event),
  registrationClosesAt: (event) => getRegistrationClosing(event),
  deletedAt: ({ deletedAt }) => deletedAt ?? null,
  viewerCanRegister: (event, _, { service }) => service.viewerCanRegister(event),
  viewerCanUpdate: (event, _, { service }) => service.viewerCanUpdate(event),
  viewerCanCheckIn: (event, _, { viewer }) => canCheckIn(viewer, event),
}
