import type { MutationResolvers } from '../../__generated__/resolvers'
import { payload } from '../../../shared/payload'

export const cancelEvent: MutationResolvers['cancelEvent'] = (_, { input }, { service }) =>
  payload(async () => ({ event: await service.cancelEvent(input.eventId) }))
