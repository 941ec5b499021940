import { parse, validate, type GraphQLSchema } from 'graphql'

const feed = `# Welcome. This is the feed: posts with
# their authors and first comments. Run it
# with the button; the documentation of the
# schema is on the left.
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

const fields = `# Welcome. These are the root fields of queries.
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

/** Selects an example operation: the feed, or introspection for a supergraph without it. */
export function selectExampleOperation(schema: GraphQLSchema): string {
  return validate(schema, parse(feed)).length === 0 ? feed : fields
}
