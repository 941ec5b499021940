import type { ServerResponse } from 'node:http'

/** The constant parts of a streamed response body. */
export interface StreamFraming {
  contentType: string
  /** Written first: browsers report a response once its body has begun. */
  start: string
  /** Written while there is nothing else to write, so that the client can detect a broken connection. */
  heartbeat: string
  /** Written last. */
  end: string
}

interface ResponseStreamOptions extends StreamFraming {
  heartbeatMs: number
  headers?: Readonly<Record<string, string>>
  /** Aborts when nothing more is to be written. */
  signal?: AbortSignal
}

/** A response whose body is written over time. */
interface ResponseStream {
  /** Writes a frame, and resolves when the client has room for the next one (backpressure). */
  write(frame: string | Buffer): Promise<void>
  /** Ends the response. */
  complete(): void
  /** Closes the connection without the end of the body, so that the client reconnects. */
  disconnect(): void
}

/** Sends the head of a response, and the start of its body. */
export function openResponseStream(
  response: ServerResponse,
  { contentType, start, heartbeat, heartbeatMs, end, headers, signal }: ResponseStreamOptions,
): ResponseStream {
  // Set first: `writeHead` alone would not store it for the metrics of the server.
  response.setHeader('content-type', contentType)
  response.writeHead(200, {
    'cache-control': 'no-store',
    // nginx would buffer the events (https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering).
    'x-accel-buffering': 'no',
    ...headers,
  })
  response.write(start)
  const timer = setInterval(() => {
    if (!response.destroyed && !response.writableNeedDrain) response.write(heartbeat)
  }, heartbeatMs)
  response.once('close', () => clearInterval(timer))

  function waitForDrain(): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        response.off('drain', finish).off('close', finish)
        signal?.removeEventListener('abort', finish)
        resolve()
      }
      response.on('drain', finish).on('close', finish)
      signal?.addEventListener('abort', finish)
    })
  }

  return {
    async write(frame) {
      if (signal?.aborted || response.destroyed || response.write(frame)) return
      await waitForDrain()
    },
    complete() {
      clearInterval(timer)
      if (!response.destroyed) response.end(end)
    },
    disconnect() {
      clearInterval(timer)
      // A client that does not read would delay the end.
      if (response.writableNeedDrain) response.destroy()
      else if (!response.destroyed) response.end()
    },
  }
}
