import type { ApolloServerPlugin, BaseContext, GraphQLRequestContext } from '@apollo/server'
import type { GraphQLError } from 'graphql'

import type { SecurityLog } from './securityLog'
import type { ViewerClaims } from './viewerToken'

/**
 * Logs every RATE_LIMITED error of this process, of any limit. Errors of other processes, which the router passes on, are
 * left to their logs.
 *
 * @param caller the sender of the request; undefined when unknown
 */
export function logThrottledErrors(
  logSecurity: SecurityLog,
  errors: readonly GraphQLError[],
  caller: ViewerClaims | undefined,
): void {
  for (const { path, originalError, extensions } of errors) {
    if (codeOf(originalError) !== 'RATE_LIMITED' && extensions['code'] !== 'RATE_LIMITED') continue
    if (extensions['serviceName'] !== undefined) continue
    const { viewer, address } = caller ?? {}
    const viewerId = viewer?.kind === 'signedIn' ? viewer.id : undefined
    logSecurity('request.throttled', { field: path?.[0], viewerId, address })
  }
}

/**
 * Creates a plugin of Apollo Server that logs throttled errors.
 *
 * @param callerOf returns the sender of a request; undefined when unknown
 */
export function createThrottlingLog<Context extends BaseContext>(
  logSecurity: SecurityLog,
  callerOf: (request: GraphQLRequestContext<Context>) => ViewerClaims | undefined,
): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        didEncounterErrors: async (request) =>
          logThrottledErrors(logSecurity, request.errors, callerOf(request)),
      }
    },
  }
}

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
