import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { z } from 'zod'

/**
 * A sign-in with a provider between its two mutations. The client keeps it, encrypted as its flow token, so that a started
 * sign-in stores nothing on the server.
 */
export interface SignInFlow {
  /** Random; a flow can be completed once. */
  id: string
  provider: string
  redirectUri: string
  /** Returned by the provider in the callback: binds the callback to this flow. */
  state: string
  /** Returned in the ID token: binds the token to this flow. */
  nonce: string
  /** The secret of PKCE (RFC 7636). */
  codeVerifier: string
  /** The signed-in viewer, who links an identity or signs in again; null for a sign-in. */
  viewerId: string | null
  /** Whether the viewer may link a further identity. */
  mayLink: boolean
  expiresAt: Date
}

/** Enough to create an account at the provider. */
export const flowLifetimeMs = 15 * 60_000

const shape = z.object({
  id: z.string(),
  provider: z.string(),
  redirectUri: z.string(),
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  viewerId: z.string().nullable(),
  mayLink: z.boolean(),
  expiresAt: z.coerce.date(),
})

const createSecret = () => randomBytes(32).toString('base64url')

/** Creates a flow with secrets of 256 random bits. */
export function createSignInFlow(
  start: Pick<SignInFlow, 'provider' | 'redirectUri' | 'viewerId' | 'mayLink'>,
  now: Date,
): SignInFlow {
  return {
    ...start,
    id: createSecret(),
    state: createSecret(),
    nonce: createSecret(),
    codeVerifier: createSecret(),
    expiresAt: new Date(now.getTime() + flowLifetimeMs),
  }
}

const nonceBytes = 12
const tagBytes = 16
const maxTokenLength = 8_000

/** Derives the key of flow tokens from the server's secret (HKDF, RFC 5869). */
const deriveKey = (secret: Buffer) =>
  Buffer.from(hkdfSync('sha256', secret, '', 'agora identity sign-in flow', 32))

/** Encrypts a flow as its token (AES-256-GCM). */
export function sealFlow(secret: Buffer, flow: SignInFlow): string {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', deriveKey(secret), nonce)
  const content = Buffer.concat([cipher.update(JSON.stringify(flow), 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), content]).toString('base64url')
}

/** Returns the flow of a token; undefined for one that has expired, or that this server has not issued. */
export function unsealFlow(secret: Buffer, token: string, now: Date): SignInFlow | undefined {
  if (token.length > maxTokenLength) return undefined
  const bytes = Buffer.from(token, 'base64url')
  const tag = bytes.subarray(nonceBytes, nonceBytes + tagBytes)
  if (tag.length < tagBytes) return undefined
  try {
    const decipher = createDecipheriv('aes-256-gcm', deriveKey(secret), bytes.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    })
    decipher.setAuthTag(tag)
    const content = [decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]
    const flow = shape.parse(JSON.parse(Buffer.concat(content).toString()))
    return flow.expiresAt > now ? flow : undefined
  } catch {
    return undefined
  }
}
