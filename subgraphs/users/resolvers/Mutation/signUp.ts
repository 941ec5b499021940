import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const signUp: MutationResolvers['signUp'] = (_, { input }, { service }) =>
  toMutationPayload(() => service.signUp(input))
