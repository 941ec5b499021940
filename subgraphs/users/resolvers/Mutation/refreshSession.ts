import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const refreshSession: MutationResolvers['refreshSession'] = (_, { input }, { service }) =>
  toMutationPayload(() => service.refreshSession(input))
