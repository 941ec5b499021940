import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { z } from 'zod'

import { domainErrorCodes, invalidValueMessage, maskedMessage } from '../../platform'

/** An error of a subgraph as clients see it, and whether the original is masked. */
interface PublicSubgraphError {
  error: GraphQLFormattedError
  isMasked: boolean
}

const problems = {
  SUBGRAPH_TIMEOUT: 'did not respond in time',
  SUBGRAPH_UNAVAILABLE: 'cannot be reached now',
  QUERY_TOO_COMPLEX: 'has a response that is too large',
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

/** The details that clients see; others are removed. */
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
 * Converts an error of a subgraph. With a code of the contract it keeps its message, path and details; otherwise it is masked
 * and keeps only its path. Locations are removed: they refer to an operation that the client has not written.
 */
export function toPublicSubgraphError(raw: unknown): PublicSubgraphError {
  const parsed = errorShape.safeParse(raw)
  const { message, path, extensions } = parsed.success ? parsed.data : errorShape.parse({})
  const location = path && { path }
  if (isValueError(message, extensions?.['code'])) {
    return {
      error: { message: invalidValueMessage, ...location, extensions: { code: 'BAD_USER_INPUT' } },
      isMasked: false,
    }
  }
  const known = extensionsShape.safeParse(extensions)
  if (known.success && message !== '') {
    const details = Object.entries(known.data).filter(([, value]) => value !== undefined)
    return {
      error: { message, ...location, extensions: Object.fromEntries(details) },
      isMasked: false,
    }
  }
  return {
    error: { message: maskedMessage, ...location, extensions: { code: 'INTERNAL_SERVER_ERROR' } },
    isMasked: true,
  }
}

/**
 * Returns whether graphql-js in a subgraph has refused a value that only the subgraph can check: one of a custom
 * scalar, null for an argument with a default, or one of a @oneOf input object, since composition omits @oneOf. Such
 * messages quote the whole value, which may contain a password.
 */
function isValueError(message: string, code: unknown): boolean {
  switch (code) {
    case 'GRAPHQL_VALIDATION_FAILED':
      return message.startsWith('Expected value of type ') || isOneOfError(message)
    case 'BAD_USER_INPUT':
      return /^Variable "\$\w+" (got|has) invalid value /.test(message)
    case 'INTERNAL_SERVER_ERROR':
    case undefined:
      return /^Argument "\w+" (has invalid value|of (non-null|required) type) /.test(message)
    default:
      return false
  }
}

/** Returns whether a message of graphql-js is about a literal of a @oneOf input object. */
function isOneOfError(message: string): boolean {
  return message.includes('OneOf Input Object') || /^Field "\w+\.\w+" must be non-null\.$/.test(message)
}
