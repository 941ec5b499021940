import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const signIn: MutationResolvers['signIn'] = (_, { input }, { service }) =>
  toMutationPayload(() => service.signIn(input))
