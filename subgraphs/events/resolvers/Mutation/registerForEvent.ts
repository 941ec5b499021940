import type { MutationResolvers } from '../../__generated__/resolvers'
import { payload } from '../../../shared/payload'

export const registerForEvent: MutationResolvers['registerForEvent'] = (_, { input }, { service }) =>
  payload(() => service.register(input))
