import { randomBytes } from 'node:crypto'
import { z } from 'zod'

import { sealText, unsealText } from '../sealing'

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

const maxTokenLength = 8_000

/** Encrypts a flow as its token. @param secret of 256 bits */
export function sealFlow(secret: Buffer, flow: SignInFlow): string {
  return sealText(secret, JSON.stringify(flow))
}

/** Returns the flow of a token; undefined for one that has expired, or that this server has not issued. */
export function unsealFlow(secret: Buffer, token: string, now: Date): SignInFlow | undefined {
  if (token.length > maxTokenLength) return undefined
  const text = unsealText(secret, token)
  if (text === undefined) return undefined
  const { data: flow } = shape.safeParse(JSON.parse(text))
  return flow && flow.expiresAt > now ? flow : undefined
}
