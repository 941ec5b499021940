import type { WriteKinds } from '../../shared/rateLimit/writeLimits'
import type { MutationResolvers } from '../__generated__/resolvers'

/** Which limits of shared/rateLimit/writeLimits.ts each mutation counts for. */
export const writeKinds: WriteKinds<keyof MutationResolvers> = {
  addComment: 'reply',
  editComment: 'change',
  deleteComment: 'change',
  hideComment: 'moderate',
  unhideComment: 'moderate',
}
