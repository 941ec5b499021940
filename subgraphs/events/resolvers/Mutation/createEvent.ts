import type { MutationResolvers } from '../../__generated__/resolvers'
import { payload } from '../../../shared/payload'

export const createEvent: MutationResolvers['createEvent'] = (_, { input }, { service }) =>
  payload(async () => ({ event: await service.createEvent(input) }))
