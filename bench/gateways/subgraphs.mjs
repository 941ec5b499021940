/**
 * The subgraphs behind every gateway in one process: users, posts, comments, `/whole`, which executes operations of
 * clients directly, and the public key of the access tokens. Responses are cached as bytes, so that the subgraphs are
 * never the bottleneck. Sends its port to the parent process.
 */
import { buildSubgraphSchema } from '@apollo/subgraph'
import { buildSchema, execute, parse } from 'graphql'
import gql from 'graphql-tag'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { resolveReference, root } from './community.mjs'
import { serveRaw, toResponse } from './rawHttp.mjs'

const repository = join(import.meta.dirname, '..', '..')
const maxCacheBytes = 256 * 2 ** 20

const read = (/** @type {string} */ path) => readFileSync(join(repository, path), 'utf8')

function subgraphSchema(/** @type {string} */ name) {
  return buildSubgraphSchema({
    typeDefs: gql(read(`subgraphs/${name}/schema.graphql`)),
    resolvers: {
      User: { __resolveReference: resolveReference },
      ...(name !== 'users' && { Post: { __resolveReference: resolveReference } }),
    },
  })
}

/** @type {Map<string, import('graphql').GraphQLSchema>} */
const schemas = new Map([
  ...['users', 'posts', 'comments'].map((name) => /** @type {const} */ ([`/${name}`, subgraphSchema(name)])),
  ['/whole', buildSchema(read('schema/api.graphql'))],
])

async function executeRequest(/** @type {string} */ path, /** @type {string} */ body) {
  const schema = schemas.get(path)
  if (!schema) throw new Error(`Unknown path ${path}.`)
  const { query, variables, operationName } = JSON.parse(body)
  const result = await execute({
    schema,
    document: parse(query, { noLocation: true }),
    rootValue: root,
    variableValues: variables,
    operationName,
  })
  if (result.errors) process.stderr.write(`${path} ${body}\n${JSON.stringify(result.errors)}\n`)
  return toResponse(JSON.stringify(result))
}

/** @type {Map<string, Buffer>} */
const responses = new Map()
let size = 0
const noStream = toResponse('{}')
const keys = toResponse(process.argv[2] ?? '{"keys":[]}')

const port = await serveRaw((path, bytes) => {
  if (path === '/keys') return keys
  // All viewers are members, for whom the router does not need the revocation stream.
  if (path === '/revocations') return noStream
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
process.once('disconnect', () => process.exit())
