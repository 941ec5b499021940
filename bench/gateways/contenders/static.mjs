/** The upper limit of node:http: reads the body, and always responds with the same bytes. */
import { createServer } from 'node:http'

const response = await fetch(process.env.WHOLE_URL ?? '', { method: 'POST', body: process.env.REQUEST })
const bytes = Buffer.from(await response.arrayBuffer())

createServer((incoming, outgoing) => {
  incoming.resume()
  incoming.on('end', () => {
    outgoing.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': bytes.length,
    })
    outgoing.end(bytes)
  })
}).listen(Number(process.env.PORT), '127.0.0.1')
