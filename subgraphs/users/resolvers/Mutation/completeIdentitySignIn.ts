import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const completeIdentitySignIn: MutationResolvers['completeIdentitySignIn'] = (
  _,
  { input },
  { service },
) => toMutationPayload(() => service.completeIdentitySignIn(input))
