/** The closed list of codes of domain errors: `extensions.code` of the errors in a response. */
export const domainErrorCodes = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'RATE_LIMITED',
  'SUBGRAPH_UNAVAILABLE',
  'SUBGRAPH_TIMEOUT',
  'RESYNC',
] as const
type DomainErrorCode = (typeof domainErrorCodes)[number]

/** The message of every error that is not meant for clients. */
export const maskedMessage = 'Something went wrong on our side.'

/** The message for an invalid argument, instead of that of graphql-js, which contains the value. */
export const invalidValueMessage = 'An argument has a value that its type does not accept.'

/** The fields of `extensions` besides the code. */
interface DomainErrorDetails {
  /** BAD_USER_INPUT: the path of the argument, for example `['input', 'title']`. */
  argument?: readonly (string | number)[]
  /** RATE_LIMITED: whole seconds until a retry may succeed. */
  retryAfter?: number
  /** SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT: the name of the subgraph. */
  service?: string
}

/**
 * Fields for the log line of an error, for example `limit`: the name of the exceeded limit, as in the metrics. IDs and names
 * only; clients do not receive them.
 */
export type ErrorLogDetails = Readonly<Record<string, string | undefined>>

/** An error with a code of the closed list. Its message is written for clients; every other error is masked. */
export class DomainError extends Error {
  override name = 'DomainError'
  constructor(
    readonly code: DomainErrorCode,
    message: string,
    readonly details: DomainErrorDetails = {},
    readonly logDetails: ErrorLogDetails = {},
  ) {
    super(message)
  }
}

/** Creates the error for a viewer who must sign in first. */
export const unauthenticated = (message = 'Sign in first.') => new DomainError('UNAUTHENTICATED', message)

/** Creates the error for a viewer whose account is deleted: an access token may outlive it by some minutes. */
export const accountNotFound = () => unauthenticated('This account no longer exists.')

/** Creates the error for a viewer who lacks the role or the ownership that an operation requires. */
export const forbidden = (message = 'You may not do this.') => new DomainError('FORBIDDEN', message)

/**
 * Creates the error for a value that a correct client never sends. @param argument its path among the field's
 * arguments
 */
export const badUserInput = (message: string, argument: readonly (string | number)[]) =>
  new DomainError('BAD_USER_INPUT', message, { argument })

/** Creates the error for an exceeded rate limit. @param retryAfter in whole seconds */
export const rateLimited = (message: string, retryAfter: number, logDetails?: ErrorLogDetails) =>
  new DomainError('RATE_LIMITED', message, { retryAfter }, logDetails)

/** Creates the error for a subgraph that cannot be reached or sends an invalid response. */
export const subgraphUnavailable = (service: string) =>
  new DomainError('SUBGRAPH_UNAVAILABLE', `The service "${service}" cannot be reached now.`, { service })

/** Creates the error for a subgraph that does not respond within the timeout. */
export const subgraphTimeout = (service: string) =>
  new DomainError('SUBGRAPH_TIMEOUT', `The service "${service}" did not respond in time.`, { service })

/** Creates the error for a subscriber whose resume position is beyond the retention of the event log. */
export const resyncRequired = () =>
  new DomainError('RESYNC', 'Events may have been missed. Reload the data, and subscribe again.')

/** The closed list of codes of {@link UserError}, the same as in the schema. */
export type UserErrorCode =
  | 'REQUIRED'
  | 'INVALID'
  | 'TOO_SHORT'
  | 'TOO_LONG'
  | 'OUT_OF_RANGE'
  | 'TAKEN'
  | 'NOT_FOUND'
  | 'BAD_CREDENTIALS'
  | 'EXPIRED'
  | 'CONFLICT'
  | 'FULL'
  | 'CLOSED'

/** An error that the user can correct, returned as data of a mutation's payload. */
export interface UserError {
  code: UserErrorCode
  message: string
  /** The path into `input`. */
  field: string[] | null
}

/** A mutation was rejected with errors that the user can correct; it has changed nothing. */
export class MutationRejectedError extends Error {
  override name = 'MutationRejectedError'
  constructor(readonly userErrors: readonly UserError[]) {
    super(userErrors.map((error) => error.message).join(' '))
  }
}

/** Creates a rejection with one error. @param field the dotted path into `input` */
export function mutationRejected(
  code: UserErrorCode,
  field: string | null,
  message: string,
): MutationRejectedError {
  return new MutationRejectedError([{ code, message, field: field === null ? null : field.split('.') }])
}
