import type { FindInvalidatedTags } from '../../../packages/subgraph-kit/cache'

/** Tags the lists of the events of each organizer, which rare changes invalidate all at once. */
const listsTag = 'lists'

/**
 * Returns the tags of the cached responses that a domain event may have changed: the event, `events`, and the list of
 * its organizer. A change of seats changes the responses that contain the event, but no list; an unpublished event is
 * in none.
 */
export const findInvalidatedTags: FindInvalidatedTags = ({ type, entity, data }) => {
  const { wasPublished, organizerId, part } = data
  switch (type) {
    case 'event.created':
    case 'event.published':
    case 'event.changed':
    case 'event.cancelled':
    case 'event.deleted': {
      if (wasPublished === false) return []
      if (part === 'seats') return [entity]
      // Without an organizer it may have lost one.
      return ['events', entity, typeof organizerId === 'string' ? organizerId : listsTag]
    }
    case 'event.transferred':
      return [listsTag]
    default:
      return []
  }
}
