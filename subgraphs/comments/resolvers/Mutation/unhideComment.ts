import { payload } from '../../../shared/payload'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const unhideComment: MutationResolvers['unhideComment'] = (_, { input }, { service }) =>
  payload(async () => ({ comment: await service.unhide(input.commentId) }))
