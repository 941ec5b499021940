import type { WriteKinds } from '../../shared/rateLimit/writeLimits'
import type { MutationResolvers } from '../__generated__/resolvers'

/** Which limits of shared/rateLimit/writeLimits.ts each mutation counts for. */
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
