import { unwrapResolverError } from '@apollo/server/errors'
import { GraphQLError, isValueNode, Kind, type GraphQLFormattedError } from 'graphql'

import { isTimeLimitError, isUnreachableError } from '../mongo/database'
import { DomainError, invalidValueMessage, subgraphTimeout, subgraphUnavailable } from '../../platform/errors'
import type { Log } from '../../platform/log'
import { RequestEndedError } from '../../platform/request/requestScope'

/**
 * The one place where errors become what a client sees: domain errors keep their message and get their
 * `extensions.code`; those of GraphQL itself stay; without its database a subgraph is not there; all else is logged and
 * masked.
 *
 * @param service the subgraph's name
 */
export function createErrorFormatter(service: string, log: Log) {
  return (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const original = unwrapResolverError(error)
    const place = {
      ...(formatted.locations && { locations: formatted.locations }),
      ...(formatted.path && { path: formatted.path }),
    }
    const toDomain = ({ code, message, details }: DomainError) => {
      return { message, ...place, extensions: { code, ...details } }
    }
    if (original instanceof DomainError) return toDomain(original)
    if (original instanceof RequestEndedError) return toDomain(subgraphTimeout(service))
    if (isTimeLimitError(original)) {
      log.warn({ path: formatted.path }, 'A database read was interrupted at its time limit')
      return toDomain(subgraphTimeout(service))
    }
    if (isUnreachableError(original)) {
      log.error({ err: original, path: formatted.path }, 'The database cannot be reached')
      return toDomain(subgraphUnavailable(service))
    }
    const refusal = readValueError(error)
    if (refusal) {
      log.info({ path: formatted.path, argument: refusal.argument }, 'A value was refused')
      const { message, argument } = refusal
      return { message, ...place, extensions: { code: 'BAD_USER_INPUT', ...(argument && { argument }) } }
    }
    if (formatted.extensions?.['code'] !== 'INTERNAL_SERVER_ERROR') return formatted
    log.error({ err: original, path: formatted.path }, 'An unexpected error was masked')
    return {
      message: 'Something went wrong on our side.',
      ...place,
      extensions: { code: 'INTERNAL_SERVER_ERROR' },
    }
  }
}

/** The client's mistake in a value, as it may be shown: without the value. */
interface ValueError {
  message: string
  argument?: readonly string[]
}

/**
 * Reads an error of graphql-js about a value: in a variable, in the document, or of an argument when its field is executed
 * (null for a variable where the argument is not nullable and has a default). Its own messages print the value.
 */
function readValueError(error: unknown): ValueError | undefined {
  if (!(error instanceof GraphQLError)) return undefined
  const { originalError } = error
  if (originalError instanceof GraphQLError) {
    // Custom scalars give this code to messages that do not contain the value.
    if (originalError.extensions['code'] === 'BAD_USER_INPUT') return { message: originalError.message }
    // An error of a resolver has a path, and one of a result's value has no node.
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

export type ErrorFormatter = ReturnType<typeof createErrorFormatter>

/** Formats what did not pass through Apollo Server, which gives errors without a code the one that is masked. */
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
