/** Codes of the errors that stand at the top level of an answer, as `extensions.code`. */
export type DomainErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'BAD_USER_INPUT'
  | 'RATE_LIMITED'
  | 'SUBGRAPH_UNAVAILABLE'
  | 'SUBGRAPH_TIMEOUT'
  | 'RESYNC'

/** The message for a refused argument: never one of graphql-js, which contains the value. */
export const invalidValueMessage = 'An argument has a value that its type does not accept.'

/** What goes into `extensions` beside the code. */
export interface DomainErrorDetails {
  /** BAD_USER_INPUT: which argument, for example `['input', 'postId']`. */
  argument?: readonly (string | number)[]
  /** RATE_LIMITED: seconds until the next try may succeed. */
  retryAfter?: number
  /** SUBGRAPH_…: which one. */
  service?: string
}

/**
 * An error of the closed list that a service may throw. Its message is written for the client and is sent as it
 * is; every other error is masked.
 */
export class DomainError extends Error {
  override name = 'DomainError'
  constructor(
    readonly code: DomainErrorCode,
    message: string,
    readonly details: DomainErrorDetails = {},
  ) {
    super(message)
  }
}

/** Thrown when somebody who is not signed in asks for what needs an account. */
export const unauthenticated = (message = 'Sign in first.') => new DomainError('UNAUTHENTICATED', message)

/** Thrown when the viewer's account is gone: an access token outlives it by some minutes. */
export const accountNotFound = () => unauthenticated('This account is gone.')

/** Thrown when the viewer's role, or not owning the thing, forbids what they ask for. */
export const forbidden = (message = 'You may not do this.') => new DomainError('FORBIDDEN', message)

/** Thrown for a value that no honest client sends. `argument` is the path to it among the field's arguments. */
export const badUserInput = (message: string, argument: readonly (string | number)[]) =>
  new DomainError('BAD_USER_INPUT', message, { argument })

/** Thrown when somebody has tried too often. `retryAfter` is in whole seconds. */
export const rateLimited = (message: string, retryAfter: number) =>
  new DomainError('RATE_LIMITED', message, { retryAfter })

/** Thrown when a service that must be asked cannot be reached, or answers with nonsense. */
export const subgraphUnavailable = (service: string) =>
  new DomainError('SUBGRAPH_UNAVAILABLE', `The service "${service}" cannot be reached now.`, { service })

/** Thrown when a service that must be asked does not answer in time. */
export const subgraphTimeout = (service: string) =>
  new DomainError('SUBGRAPH_TIMEOUT', `The service "${service}" did not answer in time.`, { service })

/** Thrown when somebody cannot go on where they were, since what happened after that is not known any more. */
export const resyncRequired = () =>
  new DomainError('RESYNC', 'Events may have been missed. Read what you show anew, and subscribe again.')

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

/** Something that the caller of a mutation can put right; returned as data. */
export interface UserError {
  code: UserErrorCode
  message: string
  /** Path into `input`. */
  field: string[] | null
}

/** A mutation's input was refused: nothing was changed, and the caller can put it right. */
export class MutationRejectedError extends Error {
  override name = 'Refused'
  constructor(readonly userErrors: readonly UserError[]) {
    super(userErrors.map((error) => error.message).join(' '))
  }
}

/** A refusal for one reason. `field` is the path into `input`, dotted. */
export function mutationRejected(
  code: UserErrorCode,
  field: string | null,
  message: string,
): MutationRejectedError {
  return new MutationRejectedError([{ code, message, field: field === null ? null : field.split('.') }])
}
