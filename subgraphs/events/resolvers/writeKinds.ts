import type { WriteKinds } from '../../../packages/subgraph-kit'
import type { MutationResolvers } from '../__generated__/resolvers'

/** Assigns each mutation to a rate limit of packages/subgraph-kit/rate-limits/writeLimits.ts. */
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
