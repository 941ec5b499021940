import { payload } from '../../../shared/payload'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const setUserRole: MutationResolvers['setUserRole'] = (_, { input }, { service }) =>
  payload(async () => ({ user: await service.setUserRole(input) }))
