import type { MutationResolvers } from '../../__generated__/resolvers'
import { payload } from '../../../shared/payload'

export const updateEvent: MutationResolvers['updateEvent'] = (_, { input }, { service }) =>
  payload(async () => ({ event: await service.updateEvent(input) }))
