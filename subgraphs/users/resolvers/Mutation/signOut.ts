import { payload } from '../../../shared/payload'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const signOut: MutationResolvers['signOut'] = (_, { input }, { service }) =>
  payload(async () => {
    await service.signOut(input)
    return {}
  })
