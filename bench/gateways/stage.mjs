/** What a run needs beside the gateways: subgraphs, the supergraph with their addresses, and viewers with tokens. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { userId } from './community.mjs'
import { cores, startScript, stop } from './processes.mjs'

const viewers = 500
/** The longest lifetime that the router accepts. */
const tokenLifetimeSeconds = 900

export async function setStage() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const kid = 'bench'
  const keys = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' }] })
  const { child, message } = await startScript('subgraphs.mjs', [keys], cores.rest)
  const { port } = message
  const folder = mkdtempSync(join(tmpdir(), 'agora-gateways-'))
  const supergraph = join(folder, 'supergraph.graphql')
  writeFileSync(supergraph, supergraphAt(port))
  return {
    port,
    supergraph,
    /** Tokens for one measurement: a whole run takes longer than they live. */
    get tokens() {
      return Array.from({ length: viewers }, (_, index) => makeToken(userId(index), kid, privateKey))
    },
    async strike() {
      await stop(child)
      rmSync(folder, { recursive: true })
    },
  }
}

/** The committed supergraph, each of its subgraphs at this port and under its own name. */
function supergraphAt(/** @type {number} */ port) {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'schema', 'supergraph.graphql'), 'utf8')
  return text.replaceAll(
    /(@join__graph\(name: "([a-z]+)", url: ")[^"]*/g,
    (_, start, name) => `${start}http://127.0.0.1:${port}/${name}`,
  )
}

/** An access token as users signs them (packages/auth/accessTokenClaims.ts). */
function makeToken(
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
