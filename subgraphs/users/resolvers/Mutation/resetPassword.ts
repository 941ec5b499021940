import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const resetPassword: MutationResolvers['resetPassword'] = (_, { input }, { service }) =>
  toMutationPayload(() => service.resetPassword(input))
