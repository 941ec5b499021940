import { payload } from '../../../shared/payload'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const refreshSession: MutationResolvers['refreshSession'] = (_, { input }, { service }) =>
  payload(() => service.refreshSession(input))
