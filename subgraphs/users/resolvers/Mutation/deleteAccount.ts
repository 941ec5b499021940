import { payload } from '../../../shared/payload'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const deleteAccount: MutationResolvers['deleteAccount'] = (_, { input }, { service }) =>
  payload(async () => ({ deletedUserId: await service.deleteAccount(input) }))
