import type { ApolloServerPlugin } from '@apollo/server'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { z } from 'zod'

import { domainErrorCodes } from '../../platform/errors'
import type { Log } from '../../platform/log'
import type { RouterContext } from './context'
import { toPublicMessage } from './publicMessage'
import { maskedMessage } from '../transport/subgraphErrors'

/** Every code that a client may see: the contract's own, and Apollo Server's. */
const knownCodes: ReadonlySet<unknown> = new Set([
  ...domainErrorCodes,
  'QUERY_TOO_COMPLEX',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_REQUEST',
])

/** An error names each field that conflicts, and each fragment of a circle: 14 KB of them were answered with 535 KB. */
const maxLocations = 10

/**
 * Formats each error before it is sent: one without a known code is masked.
 *
 * @param hideNames whether messages must not contain names that the client has not sent itself, since the schema is not public
 */
export function createErrorFormatter({ hideNames }: { hideNames: boolean }) {
  return (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const { message, locations, path, extensions } = formatted
    const place = {
      ...(locations && { locations: locations.slice(0, maxLocations) }),
      ...(path && { path: pathOfClient(path) }),
    }
    if (isRefusal(error)) return { message, extensions: { code: 'BAD_REQUEST' } }
    if (!knownCodes.has(extensions?.['code']))
      return { message: maskedMessage, ...place, extensions: { code: 'INTERNAL_SERVER_ERROR' } }
    const { serviceName: _, ...shown } = extensions ?? {}
    return { message: toPublicMessage(message, error, hideNames), ...place, extensions: shown }
  }
}

/** The gateway ends a path with `@`, its sign for every element, where it does not know which one it was. */
function pathOfClient(path: readonly (string | number)[]): readonly (string | number)[] {
  const unknown = path.indexOf('@')
  return unknown === -1 ? path : path.slice(0, unknown)
}

/** Logs what the formatter masks, with the request's id. What subgraphs sent is logged where it is read. */
export function createErrorLogPlugin(log: Log): ApolloServerPlugin<RouterContext> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ errors, contextValue: { requestId } }) {
          for (const error of errors) {
            if (!isUnexpected(error)) continue
            log.error({ requestId, err: error.originalError ?? error }, 'An unexpected error was masked')
          }
        },
      }
    },
    async contextCreationDidFail({ error }) {
      if (error instanceof GraphQLError && knownCodes.has(error.extensions['code'])) return
      log.error({ err: error }, 'An unexpected error was masked')
    },
  }
}

function isUnexpected(error: GraphQLError): boolean {
  const isOfSubgraph = error.extensions['serviceName'] !== undefined
  return !knownCodes.has(error.extensions['code']) && !isOfSubgraph && !isRefusal(error)
}

const refusalShape = z.object({ code: z.undefined().optional(), http: z.object({ status: z.literal(400) }) })

/** Apollo Server gives some of its refusals a status but no code, for example that of a persisted query's wrong hash. */
function isRefusal(error: unknown): boolean {
  return error instanceof GraphQLError && refusalShape.safeParse(error.extensions).success
}
