import type { MutationResolvers } from '../../__generated__/resolvers'
import { toMutationPayload } from '../../../../packages/subgraph-kit'

export const updateEvent: MutationResolvers['updateEvent'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ event: await service.updateEvent(input) }))
