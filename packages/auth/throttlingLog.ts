import type { ApolloServerPlugin, BaseContext, GraphQLRequestContext } from '@apollo/server'

import type { SecurityLog } from './securityLog'
import type { ViewerClaims } from './viewerToken'

/**
 * Creates a plugin that logs every RATE_LIMITED error of this process, of any limit. Errors of other
 * processes, which the router passes on, are left to their logs.
 *
 * @param callerOf returns the sender of the request; undefined when unknown
 */
export function createThrottlingLog<Context extends BaseContext>(
  logSecurity: SecurityLog,
  callerOf: (request: GraphQLRequestContext<Context>) => ViewerClaims | undefined,
): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors(request) {
          for (const { path, originalError, extensions } of request.errors) {
            if (codeOf(originalError) !== 'RATE_LIMITED' && extensions['code'] !== 'RATE_LIMITED') continue
            if (extensions['serviceName'] !== undefined) continue
            const { viewer, address } = callerOf(request) ?? {}
            const viewerId = viewer?.kind === 'signedIn' ? viewer.id : undefined
            logSecurity('request.throttled', { field: path?.[0], viewerId, address })
          }
        },
      }
    },
  }
}

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
