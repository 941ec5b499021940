import type { FieldPolicy, Reference, TypePolicies } from '@apollo/client'

import { connectionPolicy } from './connectionPolicy.ts'

/** A root field that finds one thing by its ID is answered from the cache when a list has brought the thing before. */
const byId = (typename: string): FieldPolicy<Reference | null> => ({
  read: (existing, { args, toReference }) =>
    existing === undefined && typeof args?.['id'] === 'string'
      ? toReference({ __typename: typename, id: args['id'] })
      : existing,
})

/**
 * How Apollo Client's cache keeps Agora's types:
 *
 *     new InMemoryCache({ typePolicies, possibleTypes })
 */
export const typePolicies: TypePolicies = {
  Query: {
    fields: {
      user: byId('User'),
      event: byId('Event'),
      post: byId('Post'),
      comment: byId('Comment'),
      events: connectionPolicy(['filter', 'orderBy']),
      posts: connectionPolicy(['filter', 'orderBy']),
    },
  },
  User: {
    fields: {
      organizedEvents: connectionPolicy(),
      registrations: connectionPolicy(['statuses']),
      posts: connectionPolicy(),
      comments: connectionPolicy(),
    },
  },
  Event: {
    fields: {
      registrations: connectionPolicy(['statuses']),
      posts: connectionPolicy(),
    },
  },
  Post: { fields: { comments: connectionPolicy() } },
  Comment: { fields: { replies: connectionPolicy() } },
  // Two queries may ask for different parts of a venue; it is always the one of its event.
  Venue: { merge: true },
}
