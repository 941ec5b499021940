import { CombinedGraphQLErrors } from '@apollo/client/errors'

/** Returns whether any of the errors has the code, such as `FORBIDDEN`. */
export function hasErrorCode(error: unknown, code: string): boolean {
  return (
    CombinedGraphQLErrors.is(error) && error.errors.some(({ extensions }) => extensions?.['code'] === code)
  )
}

/** Returns whether an address contains an ID that no object can have. */
export const isInvalidId = (error: unknown): boolean => hasErrorCode(error, 'BAD_USER_INPUT')

/** Explains an error to the person in front of the screen. */
export function describeError(error: unknown): string {
  if (!CombinedGraphQLErrors.is(error))
    return 'Agora could not be reached. Check your connection and try again.'
  const { message, extensions } = error.errors[0] ?? {}
  switch (extensions?.['code']) {
    case 'RATE_LIMITED': {
      const seconds = extensions['retryAfter']
      return typeof seconds === 'number'
        ? `Too many attempts. Try again in ${formatWait(seconds)}.`
        : 'Too many attempts. Try again later.'
    }
    case 'UNAUTHENTICATED':
      return 'Sign in to do this.'
    case 'FORBIDDEN':
      return message ?? 'You may not do this.'
    case 'SUBGRAPH_UNAVAILABLE':
      return 'This part of Agora is unavailable at the moment. The rest works.'
    default:
      return message ?? 'Something went wrong. Try again.'
  }
}

const formatWait = (seconds: number) =>
  seconds < 90 ? `${Math.ceil(seconds)} seconds` : `${Math.ceil(seconds / 60)} minutes`
