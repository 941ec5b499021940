import { payload } from '../../../shared/payload'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const signIn: MutationResolvers['signIn'] = (_, { input }, { service }) =>
  payload(() => service.signIn(input))
