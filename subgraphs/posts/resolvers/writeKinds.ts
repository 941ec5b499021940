import type { WriteKinds } from '../../../packages/subgraph-kit'
import type { MutationResolvers } from '../__generated__/resolvers'

/** The kind of write of each mutation, which selects its rate limit. */
export const writeKinds: WriteKinds<keyof MutationResolvers> = {
  createPost: 'create',
  updatePost: 'change',
  publishPost: 'change',
  deletePost: 'change',
}
