import type { WriteKinds } from '../../../packages/subgraph-kit'
import type { MutationResolvers } from '../__generated__/resolvers'

/** The kind of write of each mutation, which selects its rate limit. */
export const writeKinds: WriteKinds<keyof MutationResolvers> = {
  addComment: 'reply',
  editComment: 'change',
  deleteComment: 'change',
  hideComment: 'moderate',
  unhideComment: 'moderate',
}
