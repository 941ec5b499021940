/** An error of a GraphQL response (https://spec.graphql.org/October2021/#sec-Errors). */
export interface GraphQLResponseError {
  /** For people. */
  message: string
  path?: readonly (string | number)[]
  /** For programs: the code and, with RATE_LIMITED, the seconds until a retry can succeed. */
  extensions?: { code?: string; retryAfter?: number; [name: string]: unknown }
}

/**
 * Thrown for a response with errors, which may contain partial data: a subgraph that is down affects only its own fields.
 * Also thrown for an invalid response, for example an error page of a proxy; then `errors` is empty.
 */
export class GraphQLRequestError<Data = unknown> extends Error {
  override name = 'GraphQLRequestError'
  constructor(
    /** The name of the operation. */
    readonly operation: string,
    /** The HTTP status of the response. */
    readonly status: number,
    readonly errors: readonly GraphQLResponseError[],
    /** The partial data, with null at the paths of the errors. */
    readonly data: Data | null = null,
    /** The ID with which operators find the request in their logs; undefined for an event of a subscription. */
    readonly requestId?: string | undefined,
  ) {
    const messages = errors.map(({ message }) => message).join(' ')
    super(`${operation}: ${messages || `invalid response with HTTP status ${status}`}`)
  }

  /** The code of the first error, for example UNAUTHENTICATED, FORBIDDEN, BAD_USER_INPUT or RATE_LIMITED. */
  get code(): string | undefined {
    return this.errors[0]?.extensions?.code
  }

  /** Returns whether any of the errors has this code. */
  has(code: string): boolean {
    return this.errors.some(({ extensions }) => extensions?.code === code)
  }
}
