import type { MutationResolvers } from '../../__generated__/resolvers'
import { toMutationPayload } from '../../../../packages/subgraph-kit'

export const cancelRegistration: MutationResolvers['cancelRegistration'] = (_, { input }, { service }) =>
  toMutationPayload(() => service.cancelRegistration(input.registrationId))
