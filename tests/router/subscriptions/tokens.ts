import jwt from 'jsonwebtoken'
import { generateKeyPairSync } from 'node:crypto'

import { sendJson, startHttpServer } from '../../../subgraphs/shared/http'
import { createLog } from '../../../subgraphs/shared/log'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** An access token of a session of its own. */
export const tokenOf = (sub: string, expiresIn = 900, sid = `session ${Math.random()}`): string =>
  jwt.sign({ sub, sid, role: 'MEMBER' }, privateKey, {
    algorithm: 'ES256',
    issuer: 'agora',
    audience: 'agora',
    expiresIn,
    header: { alg: 'ES256', kid: 'key', typ: 'at+jwt' },
  })

export const bearer = (...of: Parameters<typeof tokenOf>) => ({ authorization: `Bearer ${tokenOf(...of)}` })

/** Publishes the key with which these tokens are signed. */
export async function startPublisher() {
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'key', use: 'sig' }]
  const { url, close } = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    log: createLog('test', 'silent'),
    routes: { '/jwks.json': (_request, response) => sendJson(response, 200, { keys }) },
  })
  const secret = 'a secret of the tests, long enough'
  return { secret, close, environment: { ROUTER_SECRET: secret, JWKS_URL: `${url}/jwks.json` } }
}
