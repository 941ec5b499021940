/** The environment of the gateways: subgraphs, the supergraphs with their URLs, and access tokens of viewers. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { userId } from './community.mjs'
import { cores, startScript, stop } from './processes.mjs'
import { supergraph as shopSupergraph } from './shop.mjs'

const viewers = 500
/** The maximum that the router accepts. */
const tokenLifetimeSeconds = 900

export async function createTestBed() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const kid = 'bench'
  const keys = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' }] })
  const { child, message } = await startScript('subgraphs.mjs', [keys], cores.rest)
  const { port } = message
  const folder = mkdtempSync(join(tmpdir(), 'agora-gateways-'))
  const write = (/** @type {string} */ graph, /** @type {string} */ text) => {
    const path = join(folder, `${graph}.graphql`)
    writeFileSync(path, replaceUrls(text, port))
    return path
  }
  return {
    port,
    /** The files, by graph. */
    supergraphs: {
      community: write('community', readCommunitySupergraph()),
      shop: write('shop', shopSupergraph),
    },
    /** Returns how many GraphQL requests the subgraphs have received. */
    async countRequests() {
      child.send('count')
      const [{ requests }] = await once(child, 'message')
      return /** @type {number} */ (requests)
    },
    /** New tokens for each measurement, because a run takes longer than their lifetime. */
    get tokens() {
      return Array.from({ length: viewers }, (_, index) => createToken(userId(index), kid, privateKey))
    },
    async close() {
      await stop(child)
      rmSync(folder, { recursive: true })
    },
  }
}

const readCommunitySupergraph = () =>
  readFileSync(join(import.meta.dirname, '..', '..', 'schema', 'supergraph.graphql'), 'utf8')

/** Replaces the URLs of the subgraphs in a supergraph. */
const replaceUrls = (/** @type {string} */ supergraph, /** @type {number} */ port) =>
  supergraph.replaceAll(
    /(@join__graph\(name: "([a-z]+)", url: ")[^"]*/g,
    (_, start, name) => `${start}http://127.0.0.1:${port}/${name}`,
  )

/** Creates an access token like those of users (packages/auth/accessTokenClaims.ts). */
function createToken(
  /** @type {string} */ sub,
  /** @type {string} */ kid,
  /** @type {import('node:crypto').KeyObject} */ key,
) {
  const now = Math.floor(Date.now() / 1000)
  const header = { alg: 'ES256', typ: 'at+jwt', kid }
  const claims = {
    sub,
    role: 'MEMBER',
    sid: `session of ${sub}`,
    iss: 'agora',
    aud: 'agora',
    iat: now,
    exp: now + tokenLifetimeSeconds,
  }
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}
