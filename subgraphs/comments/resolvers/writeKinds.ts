import type { WriteKinds } from '../../shared/rateLimit/writeLimits'
import type { MutationResolvers } from '../__generated__/resolvers'

/** The kind of write of each mutation, for the limits of shared/rateLimit/writeLimits.ts. */
export const writeKinds: WriteKinds<keyof MutationResolvers> = {
  addComment: 'reply',
  editComment: 'change',
  deleteComment: 'change',
  hideComment: 'moderate',
  unhideComment: 'moderate',
}
