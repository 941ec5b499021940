/** The upper limit of gateways in Node.js: forwards the bodies of request and response unchanged in one fetch. */
import { createServer } from 'node:http'
import { Agent, request } from 'undici'

const dispatcher = new Agent()
const target = process.env.WHOLE_URL ?? ''

createServer((incoming, outgoing) => {
  /** @type {Buffer[]} */
  const chunks = []
  incoming.on('data', (chunk) => chunks.push(chunk))
  incoming.on('end', async () => {
    const { body } = await request(target, {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.concat(chunks),
    })
    const text = await body.text()
    outgoing.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
    })
    outgoing.end(text)
  })
}).listen(Number(process.env.PORT), '127.0.0.1')
