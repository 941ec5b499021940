import type { MutationResolvers } from '../../__generated__/resolvers'
import { toMutationPayload } from '../../../../packages/subgraph-kit'

export const checkIn: MutationResolvers['checkIn'] = (_, { input }, { service }) =>
  toMutationPayload(() => service.checkIn(input), { alreadyCheckedIn: false })
