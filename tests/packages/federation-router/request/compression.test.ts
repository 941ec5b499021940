import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'

import {
  startForeignFederation,
  type ForeignFederation,
} from '../../../support/federation-router/foreignFederation'
import { selectCoding } from '../../../../packages/federation-router/request/compression'

const long = 'ä'.repeat(3_000)

let federation: ForeignFederation
beforeAll(async () => {
  federation = await startForeignFederation(
    {
      texts: {
        typeDefs:
          'type Query { text(length: Int): String echo(text: String): Int } type Subscription { texts: String }',
        resolvers: {
          Query: {
            text: (_: unknown, { length = 3_000 }: { length?: number }) => 'ä'.repeat(length),
            echo: (_: unknown, { text }: { text: string }) => text.length,
          },
          Subscription: {
            texts: {
              subscribe: async function* () {
                yield { texts: long }
              },
            },
          },
        },
      },
    },
    { MAX_BODY_BYTES: '100000' },
  )
})
afterAll(() => federation.close())

interface Reply {
  status: number | undefined
  headers: IncomingHttpHeaders
  bytes: Buffer
}

/** Sends a request with Node's client, which decodes nothing. */
function send(body: string | Buffer, headers: Record<string, string>): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const all = { 'content-type': 'application/json', ...headers }
    const sent = httpRequest(
      `${federation.router.url}/graphql`,
      { method: 'POST', headers: all },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({ status: response.statusCode, headers: response.headers, bytes: Buffer.concat(chunks) }),
        )
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}
const query = (text: string) => JSON.stringify({ query: text })

describe('responses', () => {
  // The second execution takes the fast path.
  it.each([1, 2])('are compressed as the client accepts, in execution %i', async () => {
    const expected = JSON.stringify({ data: { text: long } })
    const brotli = await send(query('{ text }'), { 'accept-encoding': 'gzip, deflate, br' })
    expect(brotli.headers).toMatchObject({
      'content-encoding': 'br',
      'content-length': String(brotli.bytes.length),
    })
    expect(brotliDecompressSync(brotli.bytes).toString()).toBe(expected)
    const gzip = await send(query('{ text }'), { 'accept-encoding': 'gzip' })
    expect(gzip.headers).toMatchObject({
      'content-encoding': 'gzip',
      vary: expect.stringContaining('Accept-Encoding'),
    })
    expect(gunzipSync(gzip.bytes).toString()).toBe(expected)
    const plain = await send(query('{ text }'), {})
    expect(plain.headers).toMatchObject({ vary: expect.stringContaining('Accept-Encoding') })
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(plain.bytes.toString()).toBe(expected)
  })

  it('of a few bytes are not compressed', async () => {
    const { headers, bytes } = await send(query('{ text(length: 10) }'), { 'accept-encoding': 'gzip, br' })
    expect(headers['content-encoding']).toBeUndefined()
    expect(headers.vary ?? '').not.toContain('Accept-Encoding')
    expect(bytes.toString()).toContain('ä')
  })

  it('with errors are compressed, too', async () => {
    const { headers, bytes } = await send(query(`{ ${'unknownField '.repeat(60)} }`), {
      'accept-encoding': 'gzip',
    })
    expect(headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(bytes).toString()).toContain('Cannot query field')
  })

  it('of subscriptions are not compressed', async () => {
    const { headers, bytes } = await send(query('subscription { texts }'), {
      accept: 'text/event-stream',
      'accept-encoding': 'gzip',
    })
    expect(headers['content-encoding']).toBeUndefined()
    expect(bytes.toString()).toContain(long)
  })

  it.each([
    [undefined, undefined],
    ['', undefined],
    ['deflate', undefined],
    ['gzip', 'gzip'],
    ['GZIP;q=0.5', 'gzip'],
    ['br;q=0.1, gzip;q=0.2', 'gzip'],
    ['br;q=0, *', 'gzip'],
    ['*', 'br'],
    ['gzip;q=0, br;q=0', undefined],
  ])('accepted as %s have the coding %s', (accepted, coding) => {
    expect(selectCoding(accepted)).toBe(coding)
  })
})

describe('requests', () => {
  const gzip = { 'content-encoding': 'gzip' }

  it('may be compressed with gzip', async () => {
    const { status, bytes } = await send(gzipSync(query('{ text(length: 1) }')), gzip)
    expect([status, bytes.toString()]).toEqual([200, '{"data":{"text":"ä"}}'])
  })

  it('are refused when they decode into more than MAX_BODY_BYTES', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, ' '))
    expect(bomb.length).toBeLessThan(100_000)
    expect(await send(bomb, gzip)).toMatchObject({ status: 413 })
  })

  it('are refused when they are not gzip, or end early', async () => {
    expect(await send(query('{ text }'), gzip)).toMatchObject({ status: 400 })
    expect(await send(gzipSync(query('{ text }')).subarray(0, 20), gzip)).toMatchObject({ status: 400 })
  })

  it('are refused with another coding', async () => {
    const { status, headers } = await send(query('{ text }'), { 'content-encoding': 'br' })
    expect([status, headers['accept-encoding']]).toEqual([415, 'gzip'])
  })
})
