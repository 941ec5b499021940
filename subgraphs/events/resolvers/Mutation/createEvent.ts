import type { MutationResolvers } from '../../__generated__/resolvers'
import { toMutationPayload } from '../../../../packages/subgraph-kit'

export const createEvent: MutationResolvers['createEvent'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ event: await service.createEvent(input) }))
