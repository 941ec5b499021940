import { requireId } from '../../shared/ids'
import type { QueryResolvers } from '../__generated__/resolvers'

export const Query: QueryResolvers = {
  comment: (_, { id }, { service }) => service.comment(requireId('Comment', id, ['id'])),
}
