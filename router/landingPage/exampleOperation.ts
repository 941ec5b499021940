import { parse, validate, type GraphQLSchema } from 'graphql'

const feed = `# Welcome. This is the feed: posts, who wrote them, and the first comments on each.
# Run it with the button above; the schema stands on the left.
query Feed($first: Int = 10, $tag: String) {
  posts(first: $first, filter: { tag: $tag }) {
    nodes {
      id
      title
      excerpt
      tags
      publishedAt
      author {
        handle
        displayName
      }
      commentCount
      comments(first: 3) {
        nodes {
          body
          author {
            handle
          }
          replyCount
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`

const fields = `# Welcome. These are the fields that a query can begin with.
query Fields {
  __schema {
    queryType {
      fields {
        name
        description
      }
    }
  }
}
`

/** An operation to begin with: the feed, or, in front of a supergraph that has none, one that any schema answers. */
export function selectExampleOperation(schema: GraphQLSchema): string {
  return validate(schema, parse(feed)).length === 0 ? feed : fields
}
