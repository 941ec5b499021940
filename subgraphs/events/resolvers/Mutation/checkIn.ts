import type { MutationResolvers } from '../../__generated__/resolvers'
import { toMutationPayload } from '../../../../packages/subgraph-kit/graphql/mutationPayload'

export const checkIn: MutationResolvers['checkIn'] = (_, { input }, { service }) =>
  toMutationPayload(() => service.checkIn(input), { alreadyCheckedIn: false })
