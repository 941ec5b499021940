import type { MutationResolvers } from '../../__generated__/resolvers'
import { payload } from '../../../shared/payload'

export const deleteEvent: MutationResolvers['deleteEvent'] = (_, { input }, { service }) =>
  payload(async () => ({ deletedEventId: await service.deleteEvent(input) }))
