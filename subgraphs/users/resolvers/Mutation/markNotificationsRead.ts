import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const markNotificationsRead: MutationResolvers['markNotificationsRead'] = (
  _,
  { input },
  { service },
) => toMutationPayload(async () => ({ user: await service.markNotificationsRead(input) }))
