import type { MutationResolvers } from '../../__generated__/resolvers'
import { toMutationPayload } from '../../../../packages/subgraph-kit'

export const registerForEvent: MutationResolvers['registerForEvent'] = (_, { input }, { service }) =>
  toMutationPayload(() => service.registerForEvent(input))
