/**
 * The subgraphs behind every gateway in one process: those of the community and of the shop, `/whole/<graph>`, which
 * executes operations of clients directly, and the public key of the access tokens. Responses are cached as bytes, so
 * that the subgraphs are never the bottleneck. Sends its port to the parent process, and responds to each message with the
 * number of GraphQL requests so far.
 */
import { buildSubgraphSchema } from '@apollo/subgraph'
import { buildSchema, execute, parse } from 'graphql'
import gql from 'graphql-tag'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import * as community from './community.mjs'
import { serveRaw, toResponse } from './rawHttp.mjs'
import * as shop from './shop.mjs'

const repository = join(import.meta.dirname, '..', '..')
const maxCacheBytes = 256 * 2 ** 20

const read = (/** @type {string} */ path) => readFileSync(join(repository, path), 'utf8')

/** @typedef {{ schema: import('graphql').GraphQLSchema, rootValue: unknown }} Endpoint */

/** @returns {Endpoint} */
function createCommunitySubgraph(/** @type {string} */ name) {
  const schema = buildSubgraphSchema({
    typeDefs: gql(read(`subgraphs/${name}/schema.graphql`)),
    resolvers: {
      User: { __resolveReference: community.resolveReference },
      ...(name !== 'users' && { Post: { __resolveReference: community.resolveReference } }),
    },
  })
  return { schema, rootValue: community.root }
}

/** @returns {Endpoint} */
function createShopSubgraph(/** @type {string} */ sdl) {
  const typeDefs = gql(sdl)
  const resolvers = Object.fromEntries(
    ['User', 'Product', 'Review']
      .filter((type) => sdl.includes(`type ${type} @key`))
      .map((type) => [type, { __resolveReference: shop.resolveReference }]),
  )
  return { schema: buildSubgraphSchema({ typeDefs, resolvers }), rootValue: shop.root }
}

/** By path. @type {Map<string, Endpoint>} */
const endpoints = new Map([
  ...['users', 'posts', 'comments'].map(
    (name) => /** @type {const} */ ([`/${name}`, createCommunitySubgraph(name)]),
  ),
  ...Object.entries(shop.schemas).map(
    ([name, sdl]) => /** @type {const} */ ([`/${name}`, createShopSubgraph(sdl)]),
  ),
  ['/whole/community', { schema: buildSchema(read('schema/api.graphql')), rootValue: community.root }],
  ['/whole/shop', { schema: buildSchema(shop.apiSchema), rootValue: shop.root }],
])

async function executeRequest(/** @type {string} */ path, /** @type {string} */ body) {
  const endpoint = endpoints.get(path)
  if (!endpoint) throw new Error(`Unknown path ${path}.`)
  const { query, variables, operationName } = JSON.parse(body)
  const result = await execute({
    ...endpoint,
    document: parse(query, { noLocation: true }),
    variableValues: variables,
    operationName,
  })
  if (result.errors) process.stderr.write(`${path} ${body}\n${JSON.stringify(result.errors)}\n`)
  return toResponse(JSON.stringify(result))
}

/** @type {Map<string, Buffer>} */
const responses = new Map()
let size = 0
let requests = 0
const noStream = toResponse('{}')
const keys = toResponse(process.argv[2] ?? '{"keys":[]}')

const port = await serveRaw((path, bytes) => {
  if (path === '/keys') return keys
  // All viewers are members, for whom the router does not need the revocation stream.
  if (path === '/revocations') return noStream
  requests += 1
  // One character of the key per byte: fast, and unique.
  const key = path + bytes.latin1Slice()
  const known = responses.get(key)
  if (known) return known
  return executeRequest(path, bytes.toString()).then((response) => {
    size += response.length + key.length
    if (size > maxCacheBytes) {
      responses.clear()
      size = 0
    }
    responses.set(key, response)
    return response
  })
})

process.send?.({ port })
process.on('message', () => process.send?.({ requests }))
process.once('disconnect', () => process.exit())
