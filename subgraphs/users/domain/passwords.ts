import {
  countCodePoints,
  firstCodePoints,
  isBlank,
  isLongerThan,
  normalizeBounded,
} from '../../../packages/platform'
import type { InputValidator } from '../../../packages/subgraph-kit/input'
import { commonPasswords } from './commonPasswords'

/** In Unicode code points. */
export const passwordLengthLimits = { min: 8, max: 256 }

/** The account that a new password is for. Its texts may be as entered. */
export interface PasswordOwner {
  email?: string | null
  handle?: string
}

/**
 * Checks a new password: its length, in which white space counts, and that it is not easy to guess. It must not be white
 * space, the email address or the handle of its account, or one of the most common passwords. All characters are allowed.
 */
export function checkPassword(
  check: InputValidator,
  field: string,
  password: string,
  owner: PasswordOwner,
): void {
  const { min, max } = passwordLengthLimits
  check.checkLength(field, password, passwordLengthLimits)
  if (isLongerThan(password, max) || countCodePoints(password) < min) return
  const weakness = findWeakness(password, owner)
  if (weakness !== undefined) check.addError('INVALID', field, weakness)
}

/** Returns why a password of valid length is easy to guess; undefined if it is not. */
export function findWeakness(password: string, { email, handle }: PasswordOwner): string | undefined {
  if (isBlank(password)) return 'A password must not consist of white space.'
  const plain = toComparable(password)
  // Keyboards can produce different code points for the same password, as the hasher knows.
  const normalized = normalizeBounded(plain, 'NFKC', passwordLengthLimits.max).toLowerCase()
  const isEqual = (text: string) => [plain, normalized].includes(toComparable(text))
  if (email != null && isEqual(email)) return 'A password must not be the email address of its account.'
  if (handle !== undefined && isEqual(handle)) return 'A password must not be the handle of its account.'
  if (commonPasswords.has(normalized)) return 'This is one of the most common passwords. Choose another one.'
  return undefined
}

/** Returns a text without regard to case and to white space around it. */
function toComparable(text: string): string {
  return firstCodePoints(text.trim(), passwordLengthLimits.max).toLowerCase()
}
