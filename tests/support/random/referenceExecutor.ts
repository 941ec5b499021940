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

/** A failure from the client's point of view. */
export interface ExpectedFailure {
  path: readonly (string | number)[]
  code: string
  /** `outage`: a fetch fails as a whole. `absent`: an entity is missing although its field is non-null. */
  cause: 'outage' | 'absent' | 'field'
}

export interface ExpectedResponse {
  /** The JSON text of `data`. */
  data: string
  /** The failures that the algorithm of the specification reports. */
  failures: ExpectedFailure[]
  /** All failures, including those below a null of another failure. */
  possible: ExpectedFailure[]
}

const outageCodes = { unreachable: 'SUBGRAPH_UNAVAILABLE', refused: 'FORBIDDEN' } as const
const unknownCode = 'INTERNAL_SERVER_ERROR'

/** Executes operations on fake data as a single server would: the schema of clients on graphql-js. */
export function createReferenceExecutor({ api, findResolver, findOwner }: FederatedSchema) {
  const lenient = nullableSchema(api)
  return (
    fakeData: FakeData,
    document: DocumentNode,
    variables: Record<string, unknown>,
  ): ExpectedResponse => {
    const possible: ExpectedFailure[] = []
    const recordFailure = (failure: ExpectedFailure) => {
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
          // The client's schema determines which fields may be null.
          const declared = api.getType(parentType.name)
          if (!isObjectType(declared)) throw new Error(`${parentType.name} is not an object type.`)
          const type = declared.getFields()[fieldName]?.type
          if (!type) throw new Error(`There is no ${parentType.name}.${fieldName}.`)
          if (fieldName === 'id' && parent.id !== undefined) return parent.id
          const service = findResolver(parentType.name, fieldName) ?? parent.service
          const { outage } = fakeData.faults
          if (outage?.service === service)
            return recordFailure({ path, code: outageCodes[outage.kind], cause: 'outage' })
          const owner = findOwner(parentType.name)
          if (owner === service && parent.id !== undefined && !fakeData.exists(parent.type, parent.id)) {
            return isNonNullType(type) ? recordFailure({ path, code: unknownCode, cause: 'absent' }) : null
          }
          return resolve(fakeData.field(parent, fieldName, args, type, service), path)
        },
      })
    function resolve(drawn: DrawnValue, path: ExpectedFailure['path']): unknown {
      switch (drawn.kind) {
        case 'null':
          return null
        case 'error':
          return recordFailure({
            path,
            code: drawn.code === 'UNKNOWN_TO_THE_ROUTER' ? unknownCode : drawn.code,
            cause: 'field',
          })
        case 'illegal null':
        case 'wrong':
          return recordFailure({ path, code: unknownCode, cause: 'field' })
        case 'leaf':
          return drawn.value
        case 'object':
          return drawn.object
        case 'list':
          return drawn.elements.map((element, index) => resolve(element, [...path, index]))
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
          throw new Error(`The reference executor failed: ${message}`)
        return { path, code, cause }
      }),
      possible: all,
    }
  }
}
