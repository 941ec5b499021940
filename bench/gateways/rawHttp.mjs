/**
 * A minimal HTTP/1.1 server and client, whose cost is small compared to the gateways between them. Supports bodies with
 * a length and chunked ones; connections stay open.
 */
import { connect, createServer } from 'node:net'

const endOfHead = Buffer.from('\r\n\r\n')

/**
 * Creates a parser that splits the data of a socket into messages.
 *
 * @param {(head: string, body: Buffer) => void} onMessage
 * @param {() => boolean} [needsBody] whether the body is needed; otherwise it may be empty
 */
function createReader(onMessage, needsBody = () => true) {
  /** @type {Buffer | undefined} */
  let rest
  /** The remaining bytes of a body that is not needed. */
  let skip = 0
  let head = ''

  return (/** @type {Buffer} */ chunk) => {
    let at = 0
    if (skip > 0) {
      if (chunk.length < skip) return void (skip -= chunk.length)
      at = skip
      skip = 0
      onMessage(head, Buffer.alloc(0))
    }
    let data = at > 0 ? chunk.subarray(at) : chunk
    if (rest) data = Buffer.concat([rest, data])
    rest = undefined
    while (data.length > 0) {
      const end = data.indexOf(endOfHead)
      if (end === -1) break
      head = data.latin1Slice(0, end + 2).toLowerCase()
      const start = end + 4
      const length = readContentLength(head)
      if (length === undefined) {
        const chunked = readChunks(data, start)
        if (!chunked) break
        data = data.subarray(chunked.end)
        onMessage(head, chunked.body)
        continue
      }
      if (data.length < start + length) {
        if (needsBody()) break
        skip = start + length - data.length
        return
      }
      const body = data.subarray(start, start + length)
      data = data.subarray(start + length)
      onMessage(head, body)
    }
    if (data.length > 0) rest = data
  }
}

/** Returns the content length; undefined for a chunked body. */
function readContentLength(/** @type {string} */ head) {
  const at = head.indexOf('\r\ncontent-length:')
  if (at !== -1) return Number(head.slice(at + 17, head.indexOf('\r\n', at + 17)))
  return head.includes('\r\ntransfer-encoding:') ? undefined : 0
}

function readChunks(/** @type {Buffer} */ data, /** @type {number} */ start) {
  const parts = []
  let at = start
  for (;;) {
    const line = data.indexOf('\r\n', at)
    if (line === -1) return undefined
    const size = Number.parseInt(data.latin1Slice(at, line), 16)
    const end = line + 2 + size + 2
    if (data.length < end) return undefined
    if (size === 0) return { body: Buffer.concat(parts), end }
    parts.push(data.subarray(line + 2, line + 2 + size))
    at = end
  }
}

/**
 * Starts a server that responds to every request with 200 and JSON.
 *
 * @param {(path: string, body: Buffer) => Buffer | Promise<Buffer>} handle returns the response as {@link toResponse}
 *   creates it; connections have one request at a time
 * @returns {Promise<number>} the port
 */
export function serveRaw(handle) {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    socket.on(
      'data',
      createReader((head, body) => {
        const path = head.slice(head.indexOf(' ') + 1, head.indexOf(' http/'))
        const response = handle(path, body)
        if (response instanceof Promise) void response.then((bytes) => socket.write(bytes))
        else socket.write(response)
      }),
    )
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address === null || typeof address === 'string') throw new Error('The server has no port.')
      resolve(address.port)
    })
  })
}

/** Creates a response with JSON. */
export function toResponse(/** @type {string} */ text) {
  const length = Buffer.byteLength(text)
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${length}\r\n\r\n${text}`,
  )
}

/**
 * Creates a request with JSON.
 *
 * @param {URL} url
 * @param {string} body
 * @param {Record<string, string>} headers
 */
export function toRequest(url, body, headers) {
  const lines = Object.entries({
    host: url.host,
    accept: 'application/json',
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST ${url.pathname} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}

/**
 * Sends requests on one connection, each after the previous response.
 *
 * @param {URL} url
 * @param {() => Buffer | undefined} next returns the next request; undefined ends the connection
 * @param {(status: number) => void} onResponse
 * @returns {Promise<void>} when the connection has closed
 */
export function repeatRequests(url, next, onResponse) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true })
    const sendNext = () => {
      const request = next()
      if (request) socket.write(request)
      else socket.end()
    }
    socket.once('connect', sendNext)
    socket.once('error', reject)
    socket.once('close', resolve)
    socket.on(
      'data',
      createReader(
        (head) => {
          onResponse(Number(head.slice(9, 12)))
          sendNext()
        },
        () => false,
      ),
    )
  })
}
