import type { SecurityLog } from './securityLog'
import type { ViewerClaims } from './viewerToken'

/** A GraphQLError. */
interface ResponseError {
  path?: readonly (string | number)[] | undefined
  originalError?: Error | undefined
  extensions: Readonly<Record<string, unknown>>
}

/**
 * Logs every RATE_LIMITED error of this process, of any limit. Errors of other processes, which the router passes on, are
 * left to their logs.
 *
 * @param caller the sender of the request; undefined when unknown
 */
export function logThrottledErrors(
  logSecurity: SecurityLog,
  errors: readonly ResponseError[],
  caller: ViewerClaims | undefined,
): void {
  for (const { path, originalError, extensions } of errors) {
    if (readErrorCode(originalError) !== 'RATE_LIMITED' && extensions['code'] !== 'RATE_LIMITED') continue
    if (extensions['serviceName'] !== undefined) continue
    const { viewer, address } = caller ?? {}
    const viewerId = viewer?.kind === 'signedIn' ? viewer.id : undefined
    logSecurity('request.throttled', { field: path?.[0], viewerId, address })
  }
}

const readErrorCode = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
