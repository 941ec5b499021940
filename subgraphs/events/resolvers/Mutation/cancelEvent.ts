import type { MutationResolvers } from '../../__generated__/resolvers'
import { toMutationPayload } from '../../../../packages/subgraph-kit'

export const cancelEvent: MutationResolvers['cancelEvent'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ event: await service.cancelEvent(input.eventId) }))
