import type { MutationResolvers } from '../../__generated__/resolvers'
import { toMutationPayload } from '../../../../packages/subgraph-kit'

export const undoCheckIn: MutationResolvers['undoCheckIn'] = (_, { input }, { service }) =>
  toMutationPayload(() => service.undoCheckIn(input.registrationId))
