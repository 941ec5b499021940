import { userId } from './community.mjs'

/**
 * An operation that is repeated with each of its variables in turn.
 *
 * @typedef {{ name: string, title: string, query: string, variables: Record<string, unknown>[] }} Operation
 */

const posts = `query Posts($first: Int!, $after: String!, $comments: Int!) {
  posts(first: $first, after: $after) {
    nodes {
      id
      title
      author { handle displayName }
      comments(first: $comments) { nodes { id body author { handle } } }
    }
  }
}`

const pages = (/** @type {string} */ kind, /** @type {number} */ count, /** @type {object} */ rest) =>
  Array.from({ length: count }, (_, page) => ({ ...rest, after: `${kind}-${page}` }))

/** @type {Operation[]} */
export const operations = [
  {
    name: 'a',
    title: 'one user by id',
    query: 'query User($id: ID!) { user(id: $id) { id handle displayName bio } }',
    variables: Array.from({ length: 1000 }, (_, index) => ({ id: userId(index) })),
  },
  {
    name: 'b',
    title: '20 posts with 5 comments each, and all authors',
    query: posts,
    variables: pages('few', 200, { first: 20, comments: 5 }),
  },
  {
    name: 'c',
    title: '100 posts with 10 comments each, and all authors',
    query: posts,
    variables: pages('few', 60, { first: 100, comments: 10 }),
  },
  {
    name: 'd',
    title: 'the same, nearly every author different',
    query: posts,
    variables: pages('many', 60, { first: 100, comments: 10 }),
  },
]
