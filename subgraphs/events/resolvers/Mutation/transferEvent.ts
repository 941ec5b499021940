import type { MutationResolvers } from '../../__generated__/resolvers'
import { toMutationPayload } from '../../../../packages/subgraph-kit'

export const transferEvent: MutationResolvers['transferEvent'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ event: await service.transferEvent(input) }))
