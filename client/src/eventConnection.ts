import { createEventStreamReader, type ServerSentEvent } from './eventStream.ts'
import { GraphQLRequestError } from './errors.ts'
import { parseResponseBody, type Endpoint, type SerializedOperation } from './sendOperation.ts'

export interface EventConnectionOptions {
  accessToken: string | undefined
  /** The event after which the endpoint goes on; undefined: with what comes from now on. */
  lastEventId: string | undefined
  /** For how long nothing may come, in milliseconds. */
  silenceTimeoutMs: number
  signal: AbortSignal
}

/** How a stream of events is asked for: as graphql-sse has it, in its distinct connections mode. */
const accept = 'text/event-stream'

/**
 * The events of one connection, until it ends. It is closed when its reader leaves.
 *
 * @throws GraphQLRequestError for an answer that is no stream; what `fetch` throws, when the connection cannot be made or
 *   breaks, and an Error when nothing comes for too long
 */
export async function* openEventConnection(
  { url, fetch, headers }: Endpoint,
  { name, body }: SerializedOperation,
  { accessToken, lastEventId, silenceTimeoutMs, signal }: EventConnectionOptions,
): AsyncGenerator<ServerSentEvent, void> {
  const closing = new AbortController()
  const either = AbortSignal.any([signal, closing.signal])

  /** Whoever reads may take its time: the endpoint is waited for here alone. */
  async function inTime<Result>(work: Promise<Result>): Promise<Result> {
    const tooLong = () => closing.abort(new Error(`${name}: nothing has come for ${silenceTimeoutMs} ms`))
    const timer = setTimeout(tooLong, silenceTimeoutMs)
    try {
      return await work
    } finally {
      clearTimeout(timer)
    }
  }

  try {
    const response = await inTime(
      fetch(url, {
        method: 'POST',
        headers: {
          ...headers,
          'content-type': 'application/json',
          accept,
          ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
          ...(lastEventId !== undefined && { 'last-event-id': toHeader(lastEventId) }),
        },
        body,
        signal: either,
      }),
    )
    if (!response.body || !response.headers.get('content-type')?.startsWith(accept)) {
      const { data, errors } = parseResponseBody(await inTime(response.text())) ?? {}
      throw new GraphQLRequestError(name, response.status, errors ?? [], data ?? null)
    }
    const reader = response.body.getReader()
    const read = createEventStreamReader()
    for (;;) {
      const { done, value } = await inTime(reader.read())
      if (done) return
      yield* read(value)
    }
  } finally {
    closing.abort()
  }
}

/** Headers have bytes, and ids are UTF-8 in them. */
const toHeader = (id: string): string =>
  Array.from(new TextEncoder().encode(id), (byte) => String.fromCharCode(byte)).join('')
