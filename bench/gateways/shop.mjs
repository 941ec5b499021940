/**
 * The federated shop of the public benchmark of gateways, rebuilt from its description: accounts, inventory, products and
 * reviews, and one deep operation over all four (operation e). As there, 6 users have the same 2 reviews of one product, 9
 * products have 11 reviews, and the response has 87 KB.
 */
import { composeServices } from '@apollo/composition'
import { printSchema } from 'graphql'
import gql from 'graphql-tag'

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@external", "@provides", "@requires", "@shareable"])`

/** The schemas of the subgraphs, by name. */
export const schemas = {
  accounts: `${link}
    type Query { me: User, user(id: ID!): User, users: [User] }
    type User @key(fields: "id") { id: ID!, name: String, username: String @shareable, birthday: Int }`,
  inventory: `${link}
    type Product @key(fields: "upc") {
      upc: String!
      weight: Int @external
      price: Int @external
      inStock: Boolean
      shippingEstimate: Int @requires(fields: "price weight")
    }`,
  products: `${link}
    type Query { topProducts(first: Int = 5): [Product] }
    type Product @key(fields: "upc") { upc: String!, name: String, price: Int, weight: Int }`,
  reviews: `${link}
    type Review @key(fields: "id") { id: ID!, body: String, product: Product, author: User @provides(fields: "username") }
    type User @key(fields: "id") { id: ID!, username: String @external, reviews: [Review] }
    type Product @key(fields: "upc") { upc: String!, reviews: [Review] }`,
}

const composed = composeServices(
  Object.entries(schemas).map(([name, sdl]) => ({
    name,
    url: `http://subgraphs/${name}`,
    typeDefs: gql(sdl),
  })),
)
if (composed.errors) throw new AggregateError(composed.errors, 'The schemas of the shop cannot be composed.')

/** The supergraph, whose subgraphs have placeholders for URLs. */
export const supergraph = composed.supergraphSdl
export const apiSchema = printSchema(composed.schema.toAPISchema().toGraphQLJSSchema())

const bodyLength = 344
const prose =
  'The legs were level out of the box and the finish has held up through a wet spring and two moves of house. '
const body = prose.repeat(Math.ceil(bodyLength / prose.length)).slice(0, bodyLength)

const accounts = ['Iris Vale', 'Tom Marsh', 'Ada Brook', 'Noor Field', 'Leo Stone', 'Mia Frost']
const goods = ['Table', 'Couch', 'Glass', 'Chair', 'TV', 'Lamp', 'Grill', 'Fridge', 'Sofa']
/** The product of each review. */
const reviewed = [1, 1, 1, 1, 2, 2, 2, 2, 3, 4, 4]

function user(/** @type {string} */ id) {
  const name = accounts[Number(id) - 1] ?? ''
  return {
    __typename: 'User',
    id,
    name,
    username: name.toLowerCase().replace(' ', '_'),
    birthday: 1980 + Number(id),
    reviews: () => [review(1), review(2)],
  }
}

function product(/** @type {string} */ upc) {
  return {
    __typename: 'Product',
    upc,
    name: goods[Number(upc) - 1],
    price: Number(upc) * 399,
    weight: Number(upc) * 100,
    inStock: Number(upc) % 2 === 1,
    /** Uses the price and the weight of the reference in the inventory, which requires them. */
    shippingEstimate() {
      return this.price > 1000 ? 0 : this.weight / 2
    },
    reviews: () => reviewed.flatMap((of, index) => (of === Number(upc) ? [review(index + 1)] : [])),
  }
}

function review(/** @type {number} */ id) {
  return {
    __typename: 'Review',
    id: String(id),
    body,
    author: () => user('1'),
    product: () => product(String(reviewed[id - 1])),
  }
}

/** The resolvers of Query. */
export const root = {
  me: () => user('1'),
  user: (/** @type {{ id: string }} */ { id }) => user(id),
  users: () => accounts.map((_, index) => user(String(index + 1))),
  topProducts: (/** @type {{ first: number }} */ { first }) =>
    goods.slice(0, first).map((_, index) => product(String(index + 1))),
}

/** Resolves an entity reference. */
export function resolveReference(/** @type {{ __typename: string, id?: string, upc?: string }} */ reference) {
  const { __typename, id = '', upc = '' } = reference
  if (__typename === 'User') return user(id)
  if (__typename === 'Product') return { ...product(upc), ...reference }
  if (__typename === 'Review') return review(Number(id))
  throw new Error(`The benchmark has no references to ${__typename}.`)
}
