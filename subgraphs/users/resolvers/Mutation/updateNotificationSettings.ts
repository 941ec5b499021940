import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const updateNotificationSettings: MutationResolvers['updateNotificationSettings'] = (
  _,
  { input },
  { service },
) => toMutationPayload(async () => ({ user: await service.updateNotificationSettings(input.settings) }))
