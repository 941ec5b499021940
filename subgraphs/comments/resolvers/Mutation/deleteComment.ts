import { payload } from '../../../shared/payload'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const deleteComment: MutationResolvers['deleteComment'] = (_, { input }, { service }) =>
  payload(async () => ({ comment: await service.delete(input.commentId) }))
