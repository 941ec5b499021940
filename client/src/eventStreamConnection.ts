import { waitUnlessAborted } from './abort.ts'
import type { ConnectionEvent, ConnectionOptions } from './connection.ts'
import { createEventStreamReader } from './eventStreamReader.ts'
import { GraphQLRequestError } from './errors.ts'
import { createLinkedController } from './linkedController.ts'
import { createHeaders, parseResponseBody, type Endpoint, type SerializedOperation } from './sendOperation.ts'

/** Selects the distinct connections mode of the GraphQL over SSE protocol. */
const accept = 'text/event-stream'

/** Implements `OpenConnection` by server-sent events over `fetch`. */
export async function* openEventStream(
  endpoint: Endpoint,
  { name, parameters }: SerializedOperation,
  { accessToken, lastEventId, idleTimeoutMs, signal }: ConnectionOptions,
): AsyncGenerator<ConnectionEvent, void> {
  const { controller, unlink } = createLinkedController(signal)

  /** Limits the time of waiting for the endpoint; the consumer may take its time. */
  async function withIdleTimeout<Result>(work: Promise<Result>): Promise<Result> {
    const onTimeout = () =>
      controller.abort(new Error(`${name}: no data was received for ${idleTimeoutMs} ms`))
    const timer = setTimeout(onTimeout, idleTimeoutMs)
    try {
      // Some implementations of `fetch` do not end a body that is being read when they are aborted.
      return await waitUnlessAborted(work, controller.signal)
    } finally {
      clearTimeout(timer)
    }
  }

  try {
    const response = await withIdleTimeout(
      endpoint.fetch(endpoint.url, {
        method: 'POST',
        headers: {
          ...createHeaders(endpoint, accessToken),
          accept,
          ...(lastEventId !== undefined && { 'last-event-id': toByteString(lastEventId) }),
        },
        body: JSON.stringify(parameters),
        signal: controller.signal,
      }),
    )
    if (!response.body || !response.headers.get('content-type')?.startsWith(accept)) {
      const { data, errors } = parseResponseBody(await withIdleTimeout(response.text())) ?? {}
      const requestId = response.headers.get('x-request-id') ?? undefined
      throw new GraphQLRequestError(name, response.status, errors ?? [], data ?? null, requestId)
    }
    const reader = response.body.getReader()
    const readEvents = createEventStreamReader()
    for (;;) {
      const { done, value } = await withIdleTimeout(reader.read())
      if (done) return
      for (const { type, data, id } of readEvents(value))
        if (type === 'next') yield { type, result: parseResponseBody(data), id }
        else yield { type: type === 'complete' ? type : 'position', id }
    }
  } finally {
    unlink()
    controller.abort()
  }
}

/** Encodes an event ID for a header: headers are byte strings, and the ID is sent as UTF-8. */
const toByteString = (id: string): string =>
  Array.from(new TextEncoder().encode(id), (byte) => String.fromCharCode(byte)).join('')
