import { createEventStreamReader, type ServerSentEvent } from './eventStream.ts'
import { GraphQLRequestError } from './errors.ts'
import { parseResponseBody, type Endpoint, type SerializedOperation } from './sendOperation.ts'

export interface EventConnectionOptions {
  accessToken: string | undefined
  /** The event after which the stream resumes; without it, the stream starts with future events. */
  lastEventId: string | undefined
  /** The longest time without data, in milliseconds. */
  idleTimeoutMs: number
  signal: AbortSignal
}

/** Selects the distinct connections mode of the GraphQL over SSE protocol. */
const accept = 'text/event-stream'

/**
 * Opens a connection and yields its events. Closes it when the consumer stops.
 *
 * @throws GraphQLRequestError for a response that is not an event stream; what `fetch` throws when the connection fails; an
 *   Error after the idle timeout
 */
export async function* openEventConnection(
  { url, fetch, headers }: Endpoint,
  { name, body }: SerializedOperation,
  { accessToken, lastEventId, idleTimeoutMs, signal }: EventConnectionOptions,
): AsyncGenerator<ServerSentEvent, void> {
  const closing = new AbortController()

  /** Limits the time of waiting for the endpoint; the consumer may take its time. */
  async function withIdleTimeout<Result>(work: Promise<Result>): Promise<Result> {
    const onTimeout = () => closing.abort(new Error(`${name}: no data was received for ${idleTimeoutMs} ms`))
    const timer = setTimeout(onTimeout, idleTimeoutMs)
    try {
      return await work
    } finally {
      clearTimeout(timer)
    }
  }

  try {
    const response = await withIdleTimeout(
      fetch(url, {
        method: 'POST',
        headers: {
          ...headers,
          'content-type': 'application/json',
          accept,
          ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
          ...(lastEventId !== undefined && { 'last-event-id': toByteString(lastEventId) }),
        },
        body,
        signal: AbortSignal.any([signal, closing.signal]),
      }),
    )
    if (!response.body || !response.headers.get('content-type')?.startsWith(accept)) {
      const { data, errors } = parseResponseBody(await withIdleTimeout(response.text())) ?? {}
      throw new GraphQLRequestError(name, response.status, errors ?? [], data ?? null)
    }
    const reader = response.body.getReader()
    const readEvents = createEventStreamReader()
    for (;;) {
      const { done, value } = await withIdleTimeout(reader.read())
      if (done) return
      yield* readEvents(value)
    }
  } finally {
    closing.abort()
  }
}

/** Encodes an event ID for a header: headers are byte strings, and the ID is sent as UTF-8. */
const toByteString = (id: string): string =>
  Array.from(new TextEncoder().encode(id), (byte) => String.fromCharCode(byte)).join('')
