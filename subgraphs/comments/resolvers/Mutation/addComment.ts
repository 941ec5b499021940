import { toMutationPayload } from '../../../../packages/subgraph-kit'
import type { MutationResolvers } from '../../__generated__/resolvers'

export const addComment: MutationResolvers['addComment'] = (_, { input }, { service }) =>
  toMutationPayload(async () => {
    const { comment, commentEdge } = await service.addComment(input)
    return { comment, commentEdge, post: { __typename: 'Post' as const, id: comment.postId } }
  })
