import type { FindInvalidatedTags } from '../../../packages/subgraph-kit/cache'

/** Returns the tags of the cached responses that a domain event may have changed: of a user whose public fields it concerns. */
export const findInvalidatedTags: FindInvalidatedTags = ({ type, entity }) => {
  switch (type) {
    case 'user.profileChanged':
    case 'user.roleChanged':
    case 'user.deleted':
      return [entity]
    default:
      return []
  }
}
