import type { WriteKinds } from '../../../packages/subgraph-kit/rate-limits/writeLimits'
import type { MutationResolvers } from '../__generated__/resolvers'

/** The kind of write of each mutation, for the limits of packages/subgraph-kit/rate-limits/writeLimits.ts. */
export const writeKinds: WriteKinds<keyof MutationResolvers> = {
  createPost: 'create',
  updatePost: 'change',
  publishPost: 'change',
  deletePost: 'change',
}
