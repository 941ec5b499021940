import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client'

/** A provider cannot be used at the moment: it is down, slow, or its configuration is wrong. */
export class ProviderUnavailableError extends Error {
  override name = 'ProviderUnavailableError'
}

/** A provider, or the callback, does not prove an identity. `reason` is a code for logs. */
export class IdentityNotProvenError extends Error {
  override name = 'IdentityNotProvenError'

  constructor(readonly reason: string) {
    super(reason)
  }
}

/** Codes of errors that say nothing about the identity: no complete response, or none that a provider sends. */
const unavailableCodes = new Set([
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
  'OAUTH_PARSE_ERROR',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_HTTP_REQUEST_FORBIDDEN',
  'OAUTH_REQUEST_PROTOCOL_FORBIDDEN',
])

/** Errors of the token endpoint that concern the registration of Agora, not the user. */
const registrationErrors = new Set(['invalid_client', 'unauthorized_client', 'unsupported_grant_type'])

/** Converts an error of the OpenID Connect client into one of the two kinds. */
export function classifyProviderError(error: unknown): ProviderUnavailableError | IdentityNotProvenError {
  const unavailable = (reason: string) => new ProviderUnavailableError(reason, { cause: error })
  if (error instanceof ProviderUnavailableError || error instanceof IdentityNotProvenError) return error
  if (error instanceof AuthorizationResponseError) return new IdentityNotProvenError(toReason(error.error))
  if (error instanceof WWWAuthenticateChallengeError) return unavailable(`status ${error.status}`)
  if (error instanceof ResponseBodyError)
    return error.status >= 500 || error.status === 429 || registrationErrors.has(error.error)
      ? unavailable(toReason(error.error))
      : new IdentityNotProvenError(toReason(error.error))
  if (error instanceof ClientError && error.code !== undefined)
    return unavailableCodes.has(error.code) ? unavailable(error.code) : new IdentityNotProvenError(error.code)
  return unavailable(readCauseCode(error) ?? 'unknown')
}

/** Returns the code of a network error or of a bounded response, which other errors have as their cause. */
function readCauseCode(error: unknown): string | undefined {
  if (error instanceof ProviderUnavailableError) return error.message
  if (typeof error !== 'object' || error === null) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  return 'cause' in error ? readCauseCode(error.cause) : undefined
}

/** Returns an error code of a provider if it is one, so that logs contain no other text. */
const toReason = (code: string): string => (/^[a-z_]{1,50}$/.test(code) ? code : 'unknown')
