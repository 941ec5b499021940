import type { FindInvalidatedTags } from '../../../packages/subgraph-kit/cache'

/** Tags the lists of posts of each author and event, which rare changes invalidate all at once. */
const listsTag = 'lists'

/**
 * Returns the tags of the cached responses that an event of a post may have changed: the post, `posts`, and the lists
 * of its author and event. A draft is in none.
 */
export const findInvalidatedTags: FindInvalidatedTags = ({ type, entity, data }) => {
  switch (type) {
    case 'post.created':
    case 'post.published':
    case 'post.edited': {
      if (data['status'] === 'DRAFT') return []
      const { authorId, eventId, previousEventId } = data
      const lists = [authorId, eventId, previousEventId].filter((id) => typeof id === 'string')
      // Events of earlier versions do not say which event the post is about.
      return ['posts', entity, ...lists, ...(eventId === undefined ? [listsTag] : [])]
    }
    case 'post.deleted':
    case 'post.restored':
    case 'post.purged':
    case 'post.changed':
    case 'post.detached':
      return ['posts', entity, listsTag]
    default:
      return []
  }
}
