import { buildSchema, execute, GraphQLError, parse } from 'graphql'

import { badUserInput, isObject, LongInteger } from '../platform'
import type { LocalSubgraph, SendToSubgraph } from './transport/localSubgraph'

interface NodeSubgraphOptions {
  /** The subgraph that owns each type whose objects have an ID, by the name of the type. */
  owners: Readonly<Record<string, string>>
  /** Returns the type of an ID; undefined for a text that is no ID. */
  readType(id: string): string | undefined
}

interface NodeReference {
  __typename: string
  id: string
}

/** An object to look up, with its callbacks. */
interface Lookup {
  reference: NodeReference
  resolve(node: NodeReference | null): void
  reject(error: unknown): void
}

const lookupQuery =
  'query($representations:[_Any!]!){_entities(representations:$representations){__typename}}'

/**
 * Creates the subgraph of `Query.node` (https://relay.dev/graphql/objectidentification.htm). It asks the owner of an ID whether the viewer
 * can see the object, by the reference that every other subgraph would send, and returns that reference. The planner fetches the fields
 * like those of any entity.
 */
export function createNodeSubgraph({ owners, readType }: NodeSubgraphOptions): LocalSubgraph {
  const schema = buildSchema(
    [
      'type Query { node(id: ID!): Node }',
      'interface Node { id: ID! }',
      ...Object.keys(owners).map((type) => `type ${type} implements Node { id: ID! }`),
    ].join('\n'),
  )

  return {
    async execute({ query, variables = {} }, send) {
      const findNode = createNodeFinder(owners, send)
      const rootValue = {
        node({ id }: { id: string }): Promise<NodeReference | null> {
          const type = readType(id)
          if (type === undefined) throw createNoIdError()
          return findNode({ __typename: type, id })
        },
      }
      const variableValues = Object.fromEntries(
        Object.entries(variables).map(([name, value]) => [
          name,
          // An ID may be an integer (https://spec.graphql.org/October2021/#sec-ID), of any length.
          value instanceof LongInteger ? value.digits : value,
        ]),
      )
      return execute({ schema, document: parse(query), rootValue, variableValues })
    },
  }
}

function createNoIdError(): GraphQLError {
  const { message, code, details } = badUserInput('This is no ID.', ['id'])
  return new GraphQLError(message, { extensions: { code, ...details } })
}

/** Creates the function that finds objects, with one request to each owner for all objects of an operation. */
function createNodeFinder(owners: NodeSubgraphOptions['owners'], send: SendToSubgraph) {
  const lookupsByOwner = new Map<string, Lookup[]>()
  return (reference: NodeReference): Promise<NodeReference | null> =>
    new Promise((resolve, reject) => {
      const owner = owners[reference.__typename] ?? ''
      const lookup = { reference, resolve, reject }
      const waiting = lookupsByOwner.get(owner)
      if (waiting) return void waiting.push(lookup)
      const lookups = [lookup]
      lookupsByOwner.set(owner, lookups)
      // The executor resolves all root fields before it awaits one.
      queueMicrotask(() => void sendLookups(owner, lookups, send))
    })
}

async function sendLookups(owner: string, lookups: readonly Lookup[], send: SendToSubgraph): Promise<void> {
  try {
    const representations = lookups.map(({ reference }) => reference)
    const { data, errors = [] } = await send(owner, {
      body: JSON.stringify({ query: lookupQuery, variables: { representations } }),
      kind: 'query',
      entityCount: representations.length,
    })
    const entities: unknown = data?.['_entities']
    for (const [index, { reference, resolve, reject }] of lookups.entries()) {
      const entity: unknown = Array.isArray(entities) ? entities[index] : null
      const error = errors.find(({ path }) => path?.[1] === undefined || path[1] === index)
      if (isObject(entity)) resolve(reference)
      else if (error) reject(new GraphQLError(error.message, { extensions: error.extensions ?? {} }))
      else resolve(null)
    }
  } catch (error) {
    for (const { reject } of lookups) reject(error)
  }
}
