import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const report: MutationResolvers['report'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ report: await service.report(input) }))
