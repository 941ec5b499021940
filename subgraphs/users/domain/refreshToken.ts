import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'

/**
 * A refresh token: two random parts of 256 bits, `family.single`. The first is the same in all tokens of a family and
 * proves that whoever presents one has had a token of it, an old one at least; its hash is the session's ID. The second
 * is new in each. Only hashes are stored, and no key of the server's makes a token.
 */
export interface RefreshToken {
  text: string
  sessionId: string
  hash: string
}

const part = () => randomBytes(32).toString('base64url')
const form = /^([A-Za-z0-9_-]{43})\.[A-Za-z0-9_-]{43}$/

/** The first token of a new family. */
export function createRefreshToken(): RefreshToken {
  return toToken(part(), part())
}

/** The token that takes another one's place in its family. */
export function rotateRefreshToken({ text }: RefreshToken): RefreshToken {
  return toToken(text.slice(0, text.indexOf('.')), part())
}

/** @returns undefined for a text that has not the form of a refresh token */
export function parseRefreshToken(text: string): RefreshToken | undefined {
  const family = form.exec(text)?.[1]
  return family === undefined ? undefined : { text, sessionId: digest(family), hash: digest(text) }
}

function toToken(family: string, single: string): RefreshToken {
  const text = `${family}.${single}`
  return { text, sessionId: digest(family), hash: digest(text) }
}

// Without salt and at once: of 256 random bits, nothing can be guessed.
function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

const nonceBytes = 12
const tagBytes = 16

/**
 * Encrypts a text so that it takes both the token and the server's secret to read it (HKDF, RFC 5869; AES-256-GCM).
 * Each token seals one text only.
 */
export function sealText(secret: Buffer, token: RefreshToken, text: string): string {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', sealingKey(secret, token), nonce)
  const content = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), content]).toString('base64url')
}

/** @returns undefined when it was sealed under another token or secret */
export function unsealText(secret: Buffer, token: RefreshToken, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url')
  const nonce = bytes.subarray(0, nonceBytes)
  const tag = bytes.subarray(nonceBytes, nonceBytes + tagBytes)
  try {
    const decipher = createDecipheriv('aes-256-gcm', sealingKey(secret, token), nonce, {
      authTagLength: tagBytes,
    })
    decipher.setAuthTag(tag)
    const content = [decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]
    return Buffer.concat(content).toString()
  } catch {
    return undefined
  }
}

function sealingKey(secret: Buffer, token: RefreshToken): Buffer {
  return Buffer.from(hkdfSync('sha256', token.text, secret, 'agora exchanged session', 32))
}
