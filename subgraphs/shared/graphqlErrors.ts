import { unwrapResolverError } from '@apollo/server/errors'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'

import { isUnreachableError } from './database'
import { DomainError, subgraphUnavailable } from './errors'
import type { Log } from './log'

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
    if (isUnreachableError(original)) {
      log.error({ err: original, path: formatted.path }, 'The database cannot be reached')
      return toDomain(subgraphUnavailable(service))
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
