import type { WriteKinds } from '../../shared/rateLimit/writeLimits'
import type { MutationResolvers } from '../__generated__/resolvers'

/** The kind of write of each mutation, for the limits of shared/rateLimit/writeLimits.ts. */
export const writeKinds: WriteKinds<keyof MutationResolvers> = {
  createEvent: 'create',
  updateEvent: 'change',
  publishEvent: 'change',
  cancelEvent: 'change',
  deleteEvent: 'change',
  registerForEvent: 'attend',
  cancelRegistration: 'change',
  checkIn: 'admit',
}
