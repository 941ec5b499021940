/** One error of a GraphQL answer. `extensions.code` is for programs, `message` for people. */
export interface AnswerError {
  message: string
  path?: readonly (string | number)[]
  extensions?: { code?: string; retryAfter?: number; [name: string]: unknown }
}

/**
 * The endpoint answered, and not with data alone: with errors, perhaps beside data (a subgraph that is down costs its own
 * fields only), or with something that is no GraphQL answer at all, when `errors` is empty.
 */
export class GraphQLRequestError<Data = unknown> extends Error {
  override name = 'GraphQLRequestError'
  constructor(
    /** The operation's name. */
    readonly operation: string,
    /** Of the HTTP answer. */
    readonly status: number,
    readonly errors: readonly AnswerError[],
    /** What there is in spite of the errors: the operation's data with null at the errors' paths. */
    readonly data: Data | null = null,
  ) {
    super(`${operation}: ${errors.map(({ message }) => message).join(' ') || `answered with HTTP ${status}`}`)
  }

  /** The first error's code, for example UNAUTHENTICATED, FORBIDDEN, BAD_USER_INPUT or RATE_LIMITED. */
  get code(): string | undefined {
    return this.errors[0]?.extensions?.code
  }

  /** Whether any error has this code. */
  has(code: string): boolean {
    return this.errors.some(({ extensions }) => extensions?.code === code)
  }
}
