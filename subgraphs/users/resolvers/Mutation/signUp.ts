import { payload } from '../../../shared/payload'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const signUp: MutationResolvers['signUp'] = (_, { input }, { service }) =>
  payload(() => service.signUp(input))
