import type { MutationResolvers } from '../../__generated__/resolvers'
import { toMutationPayload } from '../../../../packages/subgraph-kit'

export const publishEvent: MutationResolvers['publishEvent'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ event: await service.publishEvent(input.eventId) }))
