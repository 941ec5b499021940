import type { FieldPolicy, Reference } from './cacheTypes.ts'
import { connectionPolicy } from './connectionPolicy.ts'

type ByIdPolicy = FieldPolicy<Reference | null, Reference | null>

/** Creates a policy for a root field with an ID, which reads objects from the cache that a list has loaded before. */
const createByIdPolicy = (typename: string): ByIdPolicy => ({
  read: (existing, { args, toReference }) =>
    existing === undefined && typeof args?.['id'] === 'string'
      ? toReference({ __typename: typename, id: args['id'] })
      : existing,
})

/**
 * The policies of Agora's types for Apollo Client's cache:
 *
 *     new InMemoryCache({ typePolicies, possibleTypes })
 */
export const typePolicies = {
  Query: {
    fields: {
      user: createByIdPolicy('User'),
      event: createByIdPolicy('Event'),
      post: createByIdPolicy('Post'),
      comment: createByIdPolicy('Comment'),
      events: connectionPolicy(['filter', 'orderBy']),
      posts: connectionPolicy(['filter', 'orderBy']),
      searchUsers: connectionPolicy(['query']),
      reports: connectionPolicy(['statuses']),
      moderationLog: connectionPolicy(['subjectId', 'moderatorId']),
    },
  },
  User: {
    fields: {
      notifications: connectionPolicy(['unreadOnly']),
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
  // A venue has no ID: queries that select different fields of it are merged.
  Venue: { merge: true },
}
