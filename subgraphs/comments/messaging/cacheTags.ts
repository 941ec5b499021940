import type { FindInvalidatedTags } from '../../../packages/subgraph-kit/cache'

/** Returns the tags of the cached responses that a domain event may have changed: the post whose thread it concerns. */
export const findInvalidatedTags: FindInvalidatedTags = ({ type, data: { postId } }) =>
  type.startsWith('comment.') && typeof postId === 'string' ? [postId] : []
