import type { MutationResolvers } from '../../__generated__/resolvers'
import { payload } from '../../../shared/payload'

export const publishEvent: MutationResolvers['publishEvent'] = (_, { input }, { service }) =>
  payload(async () => ({ event: await service.publishEvent(input.eventId) }))
