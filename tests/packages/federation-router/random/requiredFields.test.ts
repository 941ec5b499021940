import fc from 'fast-check'
import { buildSchema, graphql, type GraphQLFormattedError } from 'graphql'

import { createSubgraphError } from '../../../../packages/federation-router/transport/subgraphErrors'
import { createAgoraEngine } from '../../../support/federation/agoraEngine'
import { comparableErrors, comparableRequests } from '../../../support/federation/compareExecutors'
import {
  composeSubgraphs,
  serveSubgraphs,
  type ReceivedRequest,
  type SendToSubgraph,
  type SubgraphDefinitions,
} from '../../../support/federation/inMemorySubgraphs'
import { choices, writeOperation } from '../../../support/random/randomOperation'
import { drawNumber } from '../../../support/random/seededRandom'

// Random queries over a shop whose fields require and provide fields of other subgraphs. SEED repeats a run.

const isFull = process.env['FULL'] === '1'
const numRuns = isFull ? 1_000 : 60
const seed = Number(process.env['SEED'] ?? (isFull ? Date.now() % 2 ** 31 : 20_31))

interface Product {
  upc: string
  price?: number | null
  weight?: number | null
  shippingEstimate?: number | null
}

const names = ['Iris', 'Tom "the reader"', 'Ada']
const goods = ['Table', 'Couch', 'Glass', 'Chair']
const reviewed = [1, 1, 2, 3, 1]

const user = (id: string) => ({ __typename: 'User', id, name: names[Number(id) - 1], username: `u${id}` })
const product = (upc: string) => ({
  __typename: 'Product',
  upc,
  name: goods[Number(upc) - 1] ?? null,
  price: upc === '3' ? null : Number(upc) * 399,
  weight: Number(upc) * 100,
})
const review = (index: number) => ({
  __typename: 'Review',
  id: String(index),
  body: `Review ${index}`,
  author: user(String((index % 3) + 1)),
  product: product(String(reviewed[index])),
})
const reviews = reviewed.map((_, index) => review(index))
const estimate = ({ price, weight }: Product) =>
  price == null ? null : price > 1000 ? 0 : Number(weight) / 2
const costOf = ({ shippingEstimate }: Product) => (shippingEstimate ?? 0) + 1
const isInStock = ({ upc }: Product) => Number(upc) % 2 === 1
const reviewsOf = {
  User: ({ id }: { id: string }) => reviews.filter(({ author }) => author.id === id),
  Product: ({ upc }: Product) => reviews.filter((each) => each.product.upc === upc),
}
const users = () => names.map((_, index) => user(String(index + 1)))
const topProducts = () => goods.map((_, index) => product(String(index + 1)))

const definitions: SubgraphDefinitions = {
  accounts: {
    typeDefs: `
      type Query { users: [User] }
      type User @key(fields: "id") { id: ID! name: String username: String @shareable }`,
    resolvers: { Query: { users }, User: { __resolveReference: ({ id }: { id: string }) => user(id) } },
  },
  inventory: {
    typeDefs: `
      type Product @key(fields: "upc") {
        upc: String! weight: Int @external price: Int @external
        inStock: Boolean! shippingEstimate: Int @requires(fields: "price weight")
      }`,
    resolvers: { Product: { inStock: isInStock, shippingEstimate: estimate } },
  },
  costs: {
    typeDefs: `
      type Product @key(fields: "upc") {
        upc: String! shippingEstimate: Int @external cost: Int! @requires(fields: "shippingEstimate")
      }`,
    resolvers: { Product: { cost: costOf } },
  },
  products: {
    typeDefs: `
      type Query { topProducts: [Product!] }
      type Product @key(fields: "upc") { upc: String! name: String price: Int weight: Int }`,
    resolvers: {
      Query: { topProducts },
      Product: { __resolveReference: ({ upc }: Product) => product(upc) },
    },
  },
  reviews: {
    typeDefs: `
      type Query { latest: Review }
      type Review @key(fields: "id") { id: ID! body: String product: Product author: User @provides(fields: "username") }
      type User @key(fields: "id") { id: ID! username: String @external reviews: [Review] }
      type Product @key(fields: "upc") { upc: String! reviews: [Review!]! }`,
    resolvers: {
      Query: { latest: () => reviews[4] },
      Review: { __resolveReference: ({ id }: { id: string }) => reviews[Number(id)] },
      User: { reviews: reviewsOf.User },
      Product: { reviews: reviewsOf.Product },
    },
  },
}

const supergraph = composeSubgraphs(definitions)
const engines = { fast: createAgoraEngine(supergraph, 0), standard: createAgoraEngine(supergraph, Infinity) }
const serve = serveSubgraphs(definitions)

/** One server with all data. */
const whole = buildSchema(`
  type Query { users: [User] topProducts: [Product!] latest: Review }
  type User { id: ID! name: String username: String reviews: [Review] }
  type Product {
    upc: String! name: String price: Int weight: Int inStock: Boolean! shippingEstimate: Int cost: Int! reviews: [Review!]!
  }
  type Review { id: ID! body: String product: Product author: User }`)

type Resolve = (source: unknown) => unknown
const cost = (source: Product) => costOf({ ...source, shippingEstimate: estimate(source) })
const allResolvers: Record<string, Record<string, Resolve>> = {
  Query: { users, topProducts, latest: () => reviews[4] },
  User: { reviews: reviewsOf.User as Resolve },
  Product: {
    inStock: isInStock as Resolve,
    shippingEstimate: estimate as Resolve,
    cost: cost as Resolve,
    reviews: reviewsOf.Product as Resolve,
  },
}

async function executeWhole(source: string, variableValues: Record<string, unknown>): Promise<string> {
  const { data } = await graphql({
    schema: whole,
    source,
    variableValues,
    fieldResolver(parent: Record<string, unknown>, _args, _context, { parentType, fieldName }) {
      const resolve = allResolvers[parentType.name]?.[fieldName]
      return resolve ? resolve(parent) : parent[fieldName]
    },
  })
  return JSON.stringify(data)
}

/** Lets some subgraphs and entities fail whenever they are requested. */
function withFaults(send: SendToSubgraph, faultSeed: number, rate: number): SendToSubgraph {
  const fails = (text: string) => drawNumber(`${faultSeed} ${text}`) < rate
  return async (service, body) => {
    if (fails(`${service} is down`)) throw createSubgraphError('SUBGRAPH_UNAVAILABLE', service)
    const response = await send(service, body)
    const entities = response.data?.['_entities']
    if (!Array.isArray(entities)) return response
    const { variables } = JSON.parse(body) as { variables: { representations: unknown[] } }
    const errors: GraphQLFormattedError[] = []
    const left = entities.map((entity: unknown, index) => {
      const text = `${service} ${JSON.stringify(variables.representations[index])}`
      if (fails(`${text} is rejected`)) errors.push({ message: 'rejected', path: ['_entities', index] })
      else if (!fails(`${text} is unknown`)) return entity
      return null
    })
    return { data: { _entities: left }, ...(errors.length > 0 && { errors }) }
  }
}

const trial = fc.record({ choices, faultSeed: fc.nat(), rate: fc.constantFrom(0, 0, 0.05, 0.2) })

it(`returns the response of a single server on both paths for ${numRuns} random queries`, async () => {
  let comparedCount = 0
  const property = fc.asyncProperty(trial, async ({ choices: chosen, faultSeed, rate }) => {
    const { text: query, variables } = writeOperation(whole, 'query', chosen)
    const run = async (path: 'fast' | 'standard') => {
      const received: ReceivedRequest[] = []
      const send = withFaults(serve(received), faultSeed, rate)
      const { data, errors } = await engines[path].execute({ query, variables }, send)
      return { data, errors: comparableErrors(errors), requests: comparableRequests(received, false) }
    }
    const fast = await run('fast')
    expect(fast).toEqual(await run('standard'))
    if (rate > 0) return
    expect(fast.data).toBe(await executeWhole(query, variables))
    comparedCount++
  })
  await fc.assert(property, { numRuns, seed })
  expect(comparedCount).toBeGreaterThan(numRuns / 4)
}, 600_000)
