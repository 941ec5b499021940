import { request } from 'node:http'

import { BodyTooLarge, readBody, sendText, startHttpServer } from '../../../subgraphs/shared/http'
import { createLog } from '../../../subgraphs/shared/log'

/** Sends bodies of so many bytes, with their length in front or in pieces, and gives each answer's status. */
async function statusOf(url: string, bytes: number, inPieces: boolean): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = inPieces ? { 'transfer-encoding': 'chunked' } : { 'content-length': bytes }
    const sent = request(url, { method: 'POST', headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    sent.on('error', reject)
    for (let left = bytes; left > 0; left -= 1000) sent.write('x'.repeat(Math.min(left, 1000)))
    sent.end()
  })
}

it.each([
  [5000, false, 200],
  [5000, true, 200],
  [5001, false, 413],
  [5001, true, 413],
  [2_000_000, false, 413],
  [2_000_000, true, 413],
])('a body of %i bytes where 5,000 are allowed, in pieces: %s', async (bytes, inPieces, status) => {
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    log: createLog('test', 'silent'),
    routes: {
      '/': async (message, response) => {
        try {
          sendText(response, 200, await readBody(message, 5000))
        } catch (error) {
          if (!(error instanceof BodyTooLarge)) throw error
          response.setHeader('connection', 'close')
          sendText(response, 413, 'Too large')
        }
      },
    },
  })
  try {
    expect(await statusOf(server.url, bytes, inPieces)).toBe(status)
  } finally {
    await server.close()
  }
})
