import type { MutationResolvers } from '../../__generated__/resolvers'
import { toMutationPayload } from '../../../../packages/subgraph-kit'

export const announceEvent: MutationResolvers['announceEvent'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ recipientCount: await service.announceEvent(input) }))
