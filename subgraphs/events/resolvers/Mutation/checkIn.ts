import type { MutationResolvers } from '../../__generated__/resolvers'
import { payload } from '../../../shared/payload'

export const checkIn: MutationResolvers['checkIn'] = (_, { input }, { service }) =>
  payload(() => service.checkIn(input), { alreadyCheckedIn: false })
