import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { z } from 'zod'

import { domainErrorCodes, invalidValueMessage, maskedMessage } from '../../platform/errors'

export { maskedMessage }

/** What may be said of a subgraph's error to a client, and whether there was more that is only for the log. */
export interface PublicSubgraphError {
  error: GraphQLFormattedError
  isMasked: boolean
}

const problems = {
  SUBGRAPH_TIMEOUT: 'did not answer in time',
  SUBGRAPH_UNAVAILABLE: 'cannot be reached now',
  QUERY_TOO_COMPLEX: 'has too much to answer',
} as const

/**
 * Creates the error for a fetch without a usable response from a subgraph.
 *
 * @param problem completes the sentence `The service "…"`; by default as the code implies
 */
export function createSubgraphError(
  code: keyof typeof problems,
  service: string,
  problem: string = problems[code],
): GraphQLError {
  return new GraphQLError(`The service "${service}" ${problem}.`, { extensions: { code, service } })
}

const pathShape = z.array(z.union([z.string(), z.number()]))

/** What each code may carry beside it; anything else that a subgraph sends is left out. */
const extensionsShape = z.object({
  code: z.enum(domainErrorCodes),
  argument: pathShape.optional().catch(undefined),
  retryAfter: z.number().optional().catch(undefined),
  service: z.string().optional().catch(undefined),
})

const errorShape = z.object({
  message: z.string().catch(''),
  path: pathShape.optional().catch(undefined),
  extensions: z.record(z.string(), z.unknown()).optional().catch(undefined),
})

/**
 * Reads an error of a subgraph's answer. One of the contract's codes keeps its message, path and details; all else
 * keeps its path alone. Locations are never kept: they point into an operation that the client has not written.
 */
export function toPublicSubgraphError(raw: unknown): PublicSubgraphError {
  const parsed = errorShape.safeParse(raw)
  const { message, path, extensions } = parsed.success ? parsed.data : errorShape.parse({})
  const place = path && { path }
  if (isAboutValue(message, extensions?.['code'])) {
    return {
      error: { message: invalidValueMessage, ...place, extensions: { code: 'BAD_USER_INPUT' } },
      isMasked: false,
    }
  }
  const known = extensionsShape.safeParse(extensions)
  if (known.success && message !== '') {
    const details = Object.entries(known.data).filter(([, value]) => value !== undefined)
    return {
      error: { message, ...place, extensions: Object.fromEntries(details) },
      isMasked: false,
    }
  }
  return {
    error: { message: maskedMessage, ...place, extensions: { code: 'INTERNAL_SERVER_ERROR' } },
    isMasked: true,
  }
}

/**
 * Returns whether graphql-js in a subgraph refuses a value that only the subgraph can judge: one of a custom scalar, or
 * null where an argument has a default. Such messages print the whole value, which may contain a password.
 */
function isAboutValue(message: string, code: unknown): boolean {
  switch (code) {
    case 'GRAPHQL_VALIDATION_FAILED':
      return message.startsWith('Expected value of type ')
    case 'BAD_USER_INPUT':
      return /^Variable "\$\w+" (got|has) invalid value /.test(message)
    case 'INTERNAL_SERVER_ERROR':
    case undefined:
      return /^Argument "\w+" (has invalid value|of (non-null|required) type) /.test(message)
    default:
      return false
  }
}
