import type { GraphQLError, GraphQLFormattedError } from 'graphql'

import { domainErrorCodes, maskedMessage, stringifyJson } from '../../platform'
import type { ExecutionOutcome } from '../executors/executor'
import { decodeSerializedData } from '../executors/serializedData'
import { toPublicMessage } from './publicMessage'

/** Every code that a client may receive. */
const knownCodes: ReadonlySet<unknown> = new Set([
  ...domainErrorCodes,
  'QUERY_TOO_COMPLEX',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'PERSISTED_QUERY_NOT_FOUND',
  'DOCUMENT_NOT_TRUSTED',
  'OPERATION_RESOLUTION_FAILURE',
  'UNAUTHORIZED_FIELD_OR_TYPE',
  'BAD_REQUEST',
])

/** Returns the code of an error as clients see it. */
export function readPublicCode({ extensions }: GraphQLError): string {
  const code = extensions['code']
  return typeof code === 'string' && knownCodes.has(code) ? code : 'INTERNAL_SERVER_ERROR'
}

/** An error has a location for each conflicting field, and for each fragment of a cycle: 535 KB for a document of 14 KB. */
const maxLocations = 10

/**
 * Creates the function that formats an error before it is sent: one without a known code is masked.
 *
 * @param hideNames whether messages omit names of the schema that the client has not sent itself
 */
export function createErrorFormatter({ hideNames }: { hideNames: boolean }) {
  return (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const { message, locations, path, extensions } = formatted
    const location = {
      ...(locations && { locations: locations.slice(0, maxLocations) }),
      ...(path && { path: toClientPath(path) }),
    }
    if (!knownCodes.has(extensions?.['code']))
      return { message: maskedMessage, ...location, extensions: { code: 'INTERNAL_SERVER_ERROR' } }
    const { serviceName: _, http: _http, ...shown } = extensions ?? {}
    return { message: toPublicMessage(message, error, hideNames), ...location, extensions: shown }
  }
}

/** Creates a function that formats the result of an operation as the JSON text of a response. */
export function createResultFormatter(options: { hideNames: boolean }): (result: ExecutionOutcome) => string {
  const format = createErrorFormatter(options)
  return (result) => {
    if (result.texts) return `{"data":${decodeSerializedData(result)}}`
    const { data } = result
    const errors = result.errors.map((error) => format(error.toJSON(), error))
    return stringifyJson(errors.length > 0 ? { errors, data } : { data })
  }
}

/** Removes `@`, with which @apollo/gateway ends the path of an error in an unknown element of a list. */
function toClientPath(path: readonly (string | number)[]): readonly (string | number)[] {
  const unknown = path.indexOf('@')
  return unknown === -1 ? path : path.slice(0, unknown)
}

/** Returns whether an error is masked and was not logged where a response of a subgraph was read. */
export function isUnexpected(error: GraphQLError): boolean {
  return !knownCodes.has(error.extensions['code']) && error.extensions['serviceName'] === undefined
}
