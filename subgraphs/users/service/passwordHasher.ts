import { hash, verify } from '@node-rs/argon2'
import { randomBytes } from 'node:crypto'

import { normalizeBounded } from '../../../packages/platform'
import { passwordLengthLimits } from '../domain/user'

/** Hashes and verifies passwords. */
export interface PasswordHasher {
  /** @returns the hash in PHC string format, which includes the salt and the cost parameters */
  hash(password: string): Promise<string>
  verify(hash: string, password: string): Promise<boolean>
}

/**
 * The minimum for argon2id in OWASP's Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane; 50 to 100 ms of one core.
 */
export const argon2Costs = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

// Keyboards can produce different code points for the same password (NIST SP 800-63B, 5.1.1.2).
const normalize = (password: string) => normalizeBounded(password, 'NFKC', passwordLengthLimits.max)

/** Hashes with argon2id in the thread pool. */
export const argon2idHasher: PasswordHasher = {
  hash: (password) => hash(normalize(password), argon2Costs),
  verify: (storedHash, password) => verify(storedHash, normalize(password)),
}

/** Creates a hash that matches no password and costs as much to verify as a real one. */
export function createUnmatchableHash(): string {
  const { memoryCost, timeCost, parallelism } = argon2Costs
  const random = (bytes: number) => randomBytes(bytes).toString('base64').replace(/=+$/, '')
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${random(16)}$${random(32)}`
}
