/** The operation of one screen, and the variables that it is repeated with. */
export interface BenchOperation {
  name: string
  document: string
  variables: readonly Record<string, unknown>[]
}

export interface EntityIds {
  posts: readonly string[]
  events: readonly string[]
}

/** Returns the operations of the three most frequent screens of a frontend. */
export function createBenchOperations({ posts, events }: EntityIds): BenchOperation[] {
  return [
    {
      name: 'feed',
      document: `query Feed($first: Int!) {
        posts(first: $first) {
          nodes { id title excerpt tags publishedAt commentCount author { handle displayName avatarUrl } }
          pageInfo { hasNextPage endCursor }
        }
      }`,
      variables: [{ first: 20 }, { first: 19 }, { first: 18 }, { first: 17 }],
    },
    {
      name: 'post with thread',
      document: `query Thread($id: ID!) {
        post(id: $id) {
          title body publishedAt commentCount author { handle displayName }
          comments(first: 20) {
            nodes {
              body createdAt replyCount author { handle displayName }
              replies(first: 5) { nodes { body createdAt author { handle displayName } } }
            }
            pageInfo { hasNextPage endCursor }
          }
        }
      }`,
      variables: posts.map((id) => ({ id })),
    },
    {
      name: 'event page',
      document: `query EventPage($id: ID!) {
        event(id: $id) {
          title description startsAt timeZone venue { name city } capacity seatsTaken seatsLeft waitlistCount
          organizer { handle displayName }
          posts(first: 3) { nodes { title excerpt author { handle } } }
        }
      }`,
      variables: events.map((id) => ({ id })),
    },
  ]
}
