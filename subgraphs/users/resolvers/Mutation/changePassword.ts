import { payload } from '../../../shared/payload'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const changePassword: MutationResolvers['changePassword'] = (_, { input }, { service }) =>
  payload(async () => ({ session: await service.changePassword(input) }))
