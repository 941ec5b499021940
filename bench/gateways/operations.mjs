import { userId } from './community.mjs'

/**
 * An operation that is repeated with each of its variables in turn.
 *
 * @typedef {object} Operation
 * @property {string} name
 * @property {string} title
 * @property {'community' | 'shop'} graph that it is for
 * @property {string} query
 * @property {Record<string, unknown>[]} variables
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

/** All products and users of the shop, their reviews, and the reviews of these authors and products. */
const shop = `query Shop {
  users {
    ...UserFields
    reviews {
      ...ReviewFields
      product { ...ProductFields reviews { ...ReviewOfAuthor } }
    }
  }
  topProducts { ...ProductFields reviews { ...ReviewOfAuthor } }
}
fragment ReviewOfAuthor on Review {
  ...ReviewFields
  author { ...UserFields reviews { ...ReviewFields product { ...ProductFields } } }
}
fragment UserFields on User { id username name }
fragment ReviewFields on Review { id body }
fragment ProductFields on Product { inStock name price shippingEstimate upc weight }`

/** @type {Operation[]} */
export const operations = [
  {
    name: 'a',
    title: 'one user by id',
    graph: 'community',
    query: 'query User($id: ID!) { user(id: $id) { id handle displayName bio } }',
    variables: Array.from({ length: 1000 }, (_, index) => ({ id: userId(index) })),
  },
  {
    name: 'b',
    title: '20 posts with 5 comments each, and all authors',
    graph: 'community',
    query: posts,
    variables: pages('few', 200, { first: 20, comments: 5 }),
  },
  {
    name: 'c',
    title: '100 posts with 10 comments each, and all authors',
    graph: 'community',
    query: posts,
    variables: pages('few', 60, { first: 100, comments: 10 }),
  },
  {
    name: 'd',
    title: 'the same, nearly every author different',
    graph: 'community',
    query: posts,
    variables: pages('many', 60, { first: 100, comments: 10 }),
  },
  {
    name: 'e',
    title: 'the operation of the public benchmark: 87 KB from accounts, inventory, products and reviews',
    graph: 'shop',
    query: shop,
    variables: [{}],
  },
]
