import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const sendEmailVerification: MutationResolvers['sendEmailVerification'] = (
  _,
  { input },
  { service },
) =>
  toMutationPayload(async () => {
    await service.sendEmailVerification(input)
    return {}
  })
