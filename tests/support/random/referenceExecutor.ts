import {
  executeSync,
  GraphQLError,
  isNonNullType,
  isObjectType,
  responsePathAsArray,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql'

import type { FederatedSchema } from './federatedSchema'
import { nullableSchema } from './nullableSchema'
import type { DrawnValue, FakeObject, FakeData } from './fakeData'

/** Where and how something goes wrong, seen from the client. */
export interface ExpectedFailure {
  path: readonly (string | number)[]
  code: string
  /** A fetch of a subgraph fails as a whole; or the entity is not there where it should be. */
  cause: 'outage' | 'absent' | 'field'
}

export interface ExpectedResponse {
  /** The JSON text of `data`. */
  data: string
  /** What the specification's algorithm reports. */
  failures: ExpectedFailure[]
  /** All that goes wrong, also below what an error above has taken away. */
  possible: ExpectedFailure[]
}

export const outageCodes = { unreachable: 'SUBGRAPH_UNAVAILABLE', refused: 'FORBIDDEN' } as const
export const unknownCode = 'INTERNAL_SERVER_ERROR'

/** Executes operations over the world's data as one server would: the contract's schema on graphql-js. */
export function createReferenceExecutor({ api, resolverOf, ownerOf }: FederatedSchema) {
  const lenient = nullableSchema(api)
  return (world: FakeData, document: DocumentNode, variables: Record<string, unknown>): ExpectedResponse => {
    const possible: ExpectedFailure[] = []
    const note = (failure: ExpectedFailure) => {
      possible.push(failure)
      const { code, cause } = failure
      return new GraphQLError(cause, { extensions: { code, cause } })
    }
    const run = (schema: GraphQLSchema) =>
      executeSync({
        schema,
        document,
        variableValues: variables,
        rootValue: { type: '', key: '', service: '' } satisfies FakeObject,
        typeResolver: ({ type }: FakeObject) => type,
        fieldResolver: (parent: FakeObject, args: object, _context, info) => {
          const { fieldName, parentType } = info
          const path = responsePathAsArray(info.path)
          // The strict schema says what may be null.
          const declared = api.getType(parentType.name)
          if (!isObjectType(declared)) throw new Error(`${parentType.name} is no object type`)
          const type = declared.getFields()[fieldName]?.type
          if (!type) throw new Error(`There is no ${parentType.name}.${fieldName}`)
          if (fieldName === 'id' && parent.id !== undefined) return parent.id
          const service = resolverOf(parentType.name, fieldName) ?? parent.service
          const { outage } = world.faults
          if (outage?.service === service)
            return note({ path, code: outageCodes[outage.kind], cause: 'outage' })
          const owner = ownerOf(parentType.name)
          if (owner === service && parent.id !== undefined && !world.exists(parent.type, parent.id)) {
            return isNonNullType(type) ? note({ path, code: unknownCode, cause: 'absent' }) : null
          }
          return resolved(world.field(parent, fieldName, args, type, service), path)
        },
      })
    function resolved(drawn: DrawnValue, path: ExpectedFailure['path']): unknown {
      switch (drawn.kind) {
        case 'null':
          return null
        case 'error':
          return note({
            path,
            code: drawn.code === 'UNKNOWN_TO_THE_ROUTER' ? unknownCode : drawn.code,
            cause: 'field',
          })
        case 'illegal null':
        case 'wrong':
          return note({ path, code: unknownCode, cause: 'field' })
        case 'leaf':
          return drawn.value
        case 'object':
          return drawn.object
        case 'list':
          return drawn.elements.map((element, index) => resolved(element, [...path, index]))
      }
    }

    run(lenient)
    const all = possible.splice(0)
    const { data, errors = [] } = run(api)
    return {
      data: JSON.stringify(data ?? null),
      failures: errors.map(({ path = [], extensions, message }) => {
        const { code, cause } = extensions
        if (typeof code !== 'string' || (cause !== 'outage' && cause !== 'absent' && cause !== 'field'))
          throw new Error(`The merged schema failed by itself: ${message}`)
        return { path, code, cause }
      }),
      possible: all,
    }
  }
}
