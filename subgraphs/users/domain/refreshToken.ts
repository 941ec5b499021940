import { createHash, hkdfSync, randomBytes } from 'node:crypto'

/**
 * A refresh token: two random parts of 256 bits, `family.single`. All tokens of a family share the first part, which
 * proves possession of a current or earlier token of the family; its hash is the session ID. The second part is unique
 * to the token. Only hashes are stored, and no server key is involved.
 */
export interface RefreshToken {
  text: string
  sessionId: string
  /** SHA-256 of the text. */
  hash: string
}

const createPart = () => randomBytes(32).toString('base64url')
const tokenPattern = /^([A-Za-z0-9_-]{43})\.[A-Za-z0-9_-]{43}$/

/** Creates the first token of a new family. */
export function createRefreshToken(): RefreshToken {
  return toToken(createPart(), createPart())
}

/** Creates the token that replaces another one of the same family. */
export function rotateRefreshToken({ text }: RefreshToken): RefreshToken {
  return toToken(text.slice(0, text.indexOf('.')), createPart())
}

/** Returns undefined for a malformed token. */
export function parseRefreshToken(text: string): RefreshToken | undefined {
  const family = tokenPattern.exec(text)?.[1]
  return family === undefined ? undefined : { text, sessionId: digest(family), hash: digest(text) }
}

function toToken(family: string, single: string): RefreshToken {
  const text = `${family}.${single}`
  return { text, sessionId: digest(family), hash: digest(text) }
}

// 256 random bits cannot be guessed: neither a salt nor a slow hash is needed.
function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

/**
 * Derives the key that seals a text so that both the token and the server's secret are needed to read it (HKDF, RFC 5869).
 * A token must seal one text only.
 */
export function deriveExchangeKey(secret: Buffer, token: RefreshToken): Buffer {
  return Buffer.from(hkdfSync('sha256', token.text, secret, 'agora exchanged session', 32))
}
