import type { MutationResolvers } from '../../__generated__/resolvers'
import { payload } from '../../../shared/payload'

export const cancelRegistration: MutationResolvers['cancelRegistration'] = (_, { input }, { service }) =>
  payload(() => service.cancelRegistration(input.registrationId))
