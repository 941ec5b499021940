import { payload } from '../../../shared/payload'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const editComment: MutationResolvers['editComment'] = (_, { input }, { service }) =>
  payload(async () => ({ comment: await service.edit(input) }))
