import { GraphQLError } from 'graphql'
import type { ServerResponse } from 'node:http'

/** The error RATE_LIMITED, with the status 429 and Retry-After over HTTP. */
export class RateLimitedError extends GraphQLError {
  constructor(
    message: string,
    readonly retryAfterSeconds: number,
  ) {
    const headers = { 'retry-after': String(retryAfterSeconds) }
    super(message, {
      extensions: { code: 'RATE_LIMITED', retryAfter: retryAfterSeconds, http: { status: 429, headers } },
    })
  }
}

/**
 * Responds to a request that is refused before its body is read.
 *
 * @param headers further headers of the response: names and values in turn
 * @throws the error, unless it is a RateLimitedError
 */
export function sendRateLimitedResponse(
  response: ServerResponse,
  headers: readonly string[],
  error: unknown,
): void {
  if (!(error instanceof RateLimitedError)) throw error
  const { message, retryAfterSeconds: retryAfter } = error
  const text = JSON.stringify({ errors: [{ message, extensions: { code: 'RATE_LIMITED', retryAfter } }] })
  response.writeHead(429, [
    ...headers,
    ...['retry-after', String(retryAfter)],
    ...['cache-control', 'no-store'],
    ...['content-type', 'application/json; charset=utf-8'],
    ...['content-length', String(Buffer.byteLength(text))],
  ])
  response.end(text)
}
