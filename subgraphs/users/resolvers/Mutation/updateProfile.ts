import { payload } from '../../../shared/payload'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const updateProfile: MutationResolvers['updateProfile'] = (_, { input }, { service }) =>
  payload(async () => ({ user: await service.updateProfile(input) }))
