import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const changeEmail: MutationResolvers['changeEmail'] = (_, { input }, { service }) =>
  toMutationPayload(async () => {
    await service.changeEmail(input)
    return {}
  })
