import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const startIdentitySignIn: MutationResolvers['startIdentitySignIn'] = (_, { input }, { service }) =>
  toMutationPayload(() => service.startIdentitySignIn(input))
