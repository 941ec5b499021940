import type { MutationResolvers } from '../../__generated__/resolvers'
import { toMutationPayload } from '../../../../packages/subgraph-kit'

export const updateRegistration: MutationResolvers['updateRegistration'] = (_, { input }, { service }) =>
  toMutationPayload(() => service.updateRegistration(input))
