import type { MutationResolvers } from '../../__generated__/resolvers'
import { toMutationPayload } from '../../../../packages/subgraph-kit'

export const deleteEvent: MutationResolvers['deleteEvent'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ deletedEventId: await service.deleteEvent(input) }))
