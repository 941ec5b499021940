import { payload } from '../../../shared/payload'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const hideComment: MutationResolvers['hideComment'] = (_, { input }, { service }) =>
  payload(async () => ({ comment: await service.hide(input.commentId) }))
