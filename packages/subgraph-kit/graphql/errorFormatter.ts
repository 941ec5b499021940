import { unwrapResolverError } from '@apollo/server/errors'
import { GraphQLError, isValueNode, Kind, type GraphQLFormattedError } from 'graphql'

import { isTimeLimitError, isUnreachableError } from '../mongo/database'
import {
  DomainError,
  invalidValueMessage,
  maskedMessage,
  RequestEndedError,
  subgraphTimeout,
  subgraphUnavailable,
} from '../../platform'
import type { Log } from '../../platform/log'

/** Converts an error into the one that a client receives. */
export type ErrorFormatter = (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError

/**
 * Creates the error formatter of a subgraph: domain errors keep their message and get their `extensions.code`,
 * errors of GraphQL stay, a database failure becomes SUBGRAPH_UNAVAILABLE or SUBGRAPH_TIMEOUT, and all others
 * are logged and masked.
 *
 * @param service the subgraph's name
 */
export function createErrorFormatter(service: string, log: Log): ErrorFormatter {
  return (formatted, error) => {
    const original = unwrapResolverError(error)
    const location = {
      ...(formatted.locations && { locations: formatted.locations }),
      ...(formatted.path && { path: formatted.path }),
    }
    const formatDomainError = ({ code, message, details }: DomainError) => {
      return { message, ...location, extensions: { code, ...details } }
    }
    if (original instanceof DomainError) return formatDomainError(original)
    if (original instanceof RequestEndedError) return formatDomainError(subgraphTimeout(service))
    if (isTimeLimitError(original)) {
      log.warn({ path: formatted.path }, 'A database read was interrupted at its time limit')
      return formatDomainError(subgraphTimeout(service))
    }
    if (isUnreachableError(original)) {
      log.error({ err: original, path: formatted.path }, 'The database cannot be reached')
      return formatDomainError(subgraphUnavailable(service))
    }
    const valueError = readValueError(error)
    if (valueError) {
      const { message, argument } = valueError
      log.info({ path: formatted.path, argument }, 'A value was rejected')
      return { message, ...location, extensions: { code: 'BAD_USER_INPUT', ...(argument && { argument }) } }
    }
    if (formatted.extensions?.['code'] !== 'INTERNAL_SERVER_ERROR') return formatted
    log.error({ err: original, path: formatted.path }, 'An unexpected error was masked')
    return {
      message: maskedMessage,
      ...location,
      extensions: { code: 'INTERNAL_SERVER_ERROR' },
    }
  }
}

/** A client's error in a value, with a message that does not contain the value. */
interface ValueError {
  message: string
  argument?: readonly string[]
}

/**
 * Replaces the message of a graphql-js error about a value, which contains the value: in a variable, in the
 * document, or of an argument when its field is executed (null in a variable for a non-null argument with a
 * default).
 *
 * @returns undefined for any other error
 */
function readValueError(error: unknown): ValueError | undefined {
  if (!(error instanceof GraphQLError)) return undefined
  const { originalError } = error
  if (originalError instanceof GraphQLError) {
    // The custom scalars use this code for messages that do not contain the value.
    if (originalError.extensions['code'] === 'BAD_USER_INPUT') return { message: originalError.message }
    // Unlike this one, an error of a resolver has a path, and an error about a result has no node.
    const [, argument] = /^Argument "(\w+)" /.exec(originalError.message) ?? []
    if (argument !== undefined && originalError.nodes && !originalError.path)
      return {
        message: `The argument "${argument}" has a value that its type does not accept.`,
        argument: [argument],
      }
  }
  const [node] = error.nodes ?? []
  if (node?.kind === Kind.VARIABLE_DEFINITION && error.extensions['code'] === 'BAD_USER_INPUT')
    return { message: 'A variable has a value that its type does not accept.' }
  if (error.extensions['code'] === 'GRAPHQL_VALIDATION_FAILED' && node && isValueNode(node))
    return { message: invalidValueMessage }
  return undefined
}

/**
 * Formats errors that did not pass through Apollo Server, which adds the code INTERNAL_SERVER_ERROR to errors
 * without one.
 */
export function formatErrors(errors: readonly unknown[], format: ErrorFormatter): GraphQLFormattedError[] {
  return errors.map((error) => {
    const { extensions, ...rest } = toGraphqlError(error).toJSON()
    return format({ ...rest, extensions: { code: 'INTERNAL_SERVER_ERROR', ...extensions } }, error)
  })
}

function toGraphqlError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error
  return new GraphQLError(error instanceof Error ? error.message : String(error))
}
