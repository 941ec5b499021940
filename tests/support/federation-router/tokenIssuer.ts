import { generateKeyPairSync } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import jwt from 'jsonwebtoken'

import { sendJson, sendText, startHttpServer, type Route } from '../../../packages/platform/http/server'
import { createLog } from '../../../packages/platform/log'
import type { Revocation } from '../../../packages/auth/revocation'
import { formatEvent } from '../../../packages/sse/writer'

/** Creates a key pair and its JWK. */
export function createTestKey(kid: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' }
  return { kid, privateKey, publicKey, jwk }
}

type TestKey = ReturnType<typeof createTestKey>

/** Signs an access token, which is valid by default. */
export function signToken(
  key: Pick<TestKey, 'kid' | 'privateKey'>,
  payload: object,
  { typ = 'at+jwt', header, ...options }: jwt.SignOptions & { typ?: string } = {},
): string {
  return jwt.sign(payload, key.privateKey, {
    algorithm: 'ES256',
    issuer: 'agora',
    audience: 'agora',
    ...(!('exp' in payload) && { expiresIn: 900 }),
    ...options,
    header: { ...header, alg: 'ES256', kid: key.kid, typ },
  })
}

/** Publishes keys and revocations as users does. */
export interface TokenIssuer {
  keys: object[]
  /** How often the keys were requested. */
  keyRequestCount: number
  /** Delays responses with the current keys until it resolves. */
  heldUntil?: Promise<void>
  url: string
  port: number
  /** Open revocation streams. */
  streams: ReadonlySet<ServerResponse>
  /** `silent` streams stay open without events; with `none` there is no stream (404). */
  mode: 'current' | 'silent' | 'none'
  revoke(...revocations: Revocation[]): void
  /** Closes all revocation streams. */
  disconnectStreams(): void
  close(): Promise<void>
}

export const routerSecret = 'a secret of the tests, long enough'

/** Returns the environment of a router that trusts a publisher. */
export const environmentFor = ({ url }: TokenIssuer) => ({ ROUTER_SECRET: routerSecret, JWKS_URL: url })

/** Starts a publisher of keys and revocations. */
export async function startTokenIssuer(keys: object[], port = 0): Promise<TokenIssuer> {
  const streams = new Set<ServerResponse>()
  const made: Revocation[] = []
  const beat = () => {
    if (publisher.mode === 'current') for (const stream of streams) stream.write(formatEvent('current', ''))
  }
  const serveRevocations: Route = (_request, response) => {
    if (publisher.mode === 'none') return sendText(response, 404, 'Not found\n')
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(made.map((each) => formatEvent('revoked', JSON.stringify(each))).join(''))
    streams.add(response)
    response.once('close', () => streams.delete(response))
    beat()
  }
  const cut = () => {
    for (const stream of streams) stream.destroy()
  }
  const server = await startHttpServer({
    host: '127.0.0.1',
    port,
    log: createLog('test', 'silent'),
    routes: {
      '/jwks.json': async (_request, response) => {
        publisher.keyRequestCount += 1
        const { keys } = publisher
        await publisher.heldUntil
        sendJson(response, 200, { keys })
      },
      '/revocations': serveRevocations,
    },
  })
  const timer = setInterval(beat, 200)
  const publisher: TokenIssuer = {
    keys,
    keyRequestCount: 0,
    url: `${server.url}/jwks.json`,
    port: server.port,
    streams,
    mode: 'current',
    revoke(...revocations) {
      made.push(...revocations)
      const text = revocations.map((each) => formatEvent('revoked', JSON.stringify(each))).join('')
      for (const stream of streams) stream.write(text)
    },
    disconnectStreams: cut,
    close: async () => {
      clearInterval(timer)
      cut()
      await server.close()
    },
  }
  return publisher
}
