import { hash, verify } from '@node-rs/argon2'
import { randomBytes } from 'node:crypto'

import { normalizeBounded } from '../../../packages/platform/text/text'
import { passwordLengthLimits } from '../domain/user'

/** Hashes passwords and checks them. */
export interface PasswordHasher {
  /** @returns the hash in PHC string format, with its salt and its costs */
  hash(password: string): Promise<string>
  verify(hash: string, password: string): Promise<boolean>
}

/**
 * The least that OWASP's Password Storage Cheat Sheet asks of argon2id: 19 MiB, 2 passes, 1 lane; 50 to 100 ms of one core.
 */
export const argon2Costs = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

// The same password can be typed as different code points (NIST SP 800-63B, 5.1.1.2).
const normalise = (password: string) => normalizeBounded(password, 'NFKC', passwordLengthLimits.max)

/** argon2id, on threads of its own. */
export const argon2idHasher: PasswordHasher = {
  hash: (password) => hash(normalise(password), argon2Costs),
  verify: (known, password) => verify(known, normalise(password)),
}

/** A hash that no password has, at the same cost to check as a true one. */
export function createUnmatchableHash(): string {
  const { memoryCost, timeCost, parallelism } = argon2Costs
  const random = (bytes: number) => randomBytes(bytes).toString('base64').replace(/=+$/, '')
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${random(16)}$${random(32)}`
}
