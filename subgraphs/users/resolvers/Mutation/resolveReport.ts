import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const resolveReport: MutationResolvers['resolveReport'] = (_, { input }, { service }) =>
  toMutationPayload(async () => ({ report: await service.resolveReport(input) }))
