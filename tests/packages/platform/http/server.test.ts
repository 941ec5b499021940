import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'

import {
  BodyTooLargeError,
  readBody,
  sendText,
  sendTextAndClose,
  startHttpServer,
} from '../../../../packages/platform/http/server'
import { createLog } from '../../../../packages/platform/log'
import { waitUntil } from '../../../support/processes'

/** Sends bodies with a content length or in chunks, and returns the status of each response. */
async function readStatus(url: string, bytes: number, inChunks: boolean): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = inChunks ? { 'transfer-encoding': 'chunked' } : { 'content-length': bytes }
    const sent = request(url, { method: 'POST', headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    sent.on('error', reject)
    for (let left = bytes; left > 0; left -= 1000) sent.write('x'.repeat(Math.min(left, 1000)))
    sent.end()
  })
}

/** Starts a server that responds with the body of a request of at most 5,000 bytes. */
const startEcho = () =>
  startHttpServer({
    host: '127.0.0.1',
    port: 0,
    log: createLog('test', 'silent'),
    routes: {
      '/': async (message, response) => {
        try {
          sendText(response, 200, await readBody(message, 5000))
        } catch (error) {
          if (!(error instanceof BodyTooLargeError)) throw error
          sendTextAndClose(response, 413, 'Too large')
        }
      },
    },
  })

it.each([
  [5000, false, 200],
  [5000, true, 200],
  [5001, false, 413],
  [5001, true, 413],
  [2_000_000, false, 413],
  [2_000_000, true, 413],
])('limits a body of %i bytes to 5,000, in chunks: %s', async (bytes, inChunks, status) => {
  const server = await startEcho()
  try {
    expect(await readStatus(server.url, bytes, inChunks)).toBe(status)
  } finally {
    await server.close()
  }
})

describe('a server that refuses a large body', () => {
  /** Sends the head of a request with a large body, and resolves when the response has arrived. */
  async function sendHead() {
    const server = await startEcho()
    const socket = connect(server.port, '127.0.0.1')
    const closed = once(socket, 'close') as Promise<[hadError: boolean]>
    const errors: Error[] = []
    socket.on('error', (error) => errors.push(error))
    socket.write('POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 8000000\r\n\r\n')
    let received = ''
    socket.on('data', (chunk) => (received += String(chunk)))
    await waitUntil('the response has arrived', () => received.endsWith('Too large'))
    expect(received).toMatch(/^HTTP\/1.1 413 /)
    return { server, socket, closed, errors }
  }

  it('discards the rest of the body without a reset of the connection', async () => {
    const { server, socket, closed, errors } = await sendHead()
    for (let sent = 0; sent < 8_000_000; sent += 80_000)
      if (!socket.write(Buffer.alloc(80_000))) await Promise.race([once(socket, 'drain'), closed])
    await closed
    expect(errors).toEqual([])
    expect(socket.bytesWritten).toBeGreaterThan(8_000_000)
    await server.close()
  })

  it('closes the connection of a client that sends no more', async () => {
    const { server, closed, errors } = await sendHead()
    await closed
    expect(errors).toEqual([])
    await server.close()
  })
})

it('logs no error when a client disconnects in the middle of a body', async () => {
  const log = createLog('test', 'silent')
  const logged = jest.spyOn(log, 'error')
  let failure: unknown
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    log,
    routes: {
      '/': async (message) => {
        await readBody(message, 5000).catch((error: unknown) => {
          failure = error
          throw error
        })
      },
    },
  })
  const socket = connect(server.port, '127.0.0.1')
  socket.write('POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n{', () => socket.destroy())
  await waitUntil('the body has failed', () => failure !== undefined)
  await server.close()
  expect(failure).toMatchObject({ code: 'ECONNRESET' })
  expect(logged).not.toHaveBeenCalled()
})

describe('a server that shuts down', () => {
  /** Starts a server that counts its requests, and responds to each when `respondToAll` is called. */
  async function startCounting() {
    const waiting: (() => void)[] = []
    let handled = 0
    const server = await startHttpServer({
      host: '127.0.0.1',
      port: 0,
      log: createLog('test', 'silent'),
      routes: {
        '*': (_request, response) => {
          handled++
          waiting.push(() => sendText(response, 200, 'done'))
        },
      },
    })
    return {
      server,
      handled: () => handled,
      respondToAll: () => waiting.splice(0).forEach((resume) => resume()),
    }
  }

  /** Creates a client of one keep-alive connection. */
  function openConnection(port: number) {
    const socket = connect(port, '127.0.0.1').setEncoding('utf8')
    let text = ''
    let responses = 0
    socket.on('data', (chunk: string) => {
      text += chunk
      responses = text.split('HTTP/1.1 ').length - 1
    })
    return {
      socket,
      text: () => text,
      send: () => socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n'),
      response: (number: number) => waitUntil(`response ${number} has arrived`, () => responses === number),
    }
  }

  it('sends 408 for a late request on a keep-alive connection, and does not handle it', async () => {
    const { server, handled, respondToAll } = await startCounting()
    const client = openConnection(server.port)
    client.send()
    await waitUntil('it arrives', () => handled() === 1)
    respondToAll()
    await client.response(1)
    const ended = once(client.socket, 'close')
    // Concurrently: the request is in transit when the server ends the connection.
    client.send()
    const closed = server.close()
    await ended
    await closed
    expect(client.text()).toMatch(/^HTTP\/1.1 200 [^]*doneHTTP\/1.1 408 Request Timeout\r\nconnection: close/)
    expect(handled()).toBe(1)
  })

  it('closes each connection after its next response while it drains, also that of an earlier request', async () => {
    const { server, handled, respondToAll } = await startCounting()
    const [before, during] = [openConnection(server.port), openConnection(server.port)]
    before.send()
    await waitUntil('it arrives', () => handled() === 1)
    await server.drain(0)
    during.send()
    await waitUntil('it arrives', () => handled() === 2)
    const ended = [once(before.socket, 'close'), once(during.socket, 'close')]
    respondToAll()
    await Promise.all(ended)
    for (const { text } of [before, during]) expect(text()).toMatch(/^HTTP\/1.1 200 OK\r\nconnection: close/i)
    await server.close()
  })

  it('completes pending requests when it closes', async () => {
    const { server, handled, respondToAll } = await startCounting()
    const client = openConnection(server.port)
    client.send()
    await waitUntil('it arrives', () => handled() === 1)
    const closed = server.close()
    respondToAll()
    await closed
    await client.response(1)
    expect(client.text()).toMatch(/^HTTP\/1.1 200 [^]*done$/)
  })
})
