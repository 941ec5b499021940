import type { InputValidator, TextFormat } from '../../../packages/subgraph-kit/input/inputValidator'
import { isLongerThan, normalizeBounded } from '../../../packages/platform/text/text'
import { hasRole, isSelf, type Viewer } from '../../../packages/auth/viewer'

export type UserRole = 'MEMBER' | 'MODERATOR' | 'ADMIN'

/** An account as the rest of the subgraph sees it. The password's hash never leaves the repository's sign-in calls. */
export interface User {
  id: string
  /** Lower case, so that it is its own key for comparing. */
  handle: string
  displayName: string
  /** As it was typed; unique without regard to case. Null for imported people, who cannot sign in. */
  email: string | null
  bio: string | null
  websiteUrl: string | null
  avatarUrl: string | null
  location: string | null
  role: UserRole
  joinedAt: Date
}

/** A user together with what proves who they are. Only the use cases of signing in see it. */
export interface Account {
  user: User
  /** In PHC string format; null for imported people. */
  passwordHash: string | null
  /** Counts up when all sessions end at once: a session of an earlier epoch is over. */
  sessionEpoch: number
  /** Counts up when the user's access tokens are revoked: with every change of their role, too. */
  tokenVersion: number
}

/** What somebody may change in their own profile. */
export type Profile = Pick<User, 'handle' | 'displayName' | 'bio' | 'websiteUrl' | 'avatarUrl' | 'location'>

/** Whether the viewer may read the email address of the user with this ID. */
export function canSeeEmail(viewer: Viewer, userId: string): boolean {
  return isSelf(viewer, userId) || hasRole(viewer, 'ADMIN')
}

const handleForm: TextFormat = {
  matches: (text) => /^[a-z0-9_]*$/i.test(text),
  message: 'A handle has only letters from a to z, digits and _.',
}

/** Whether a text is a handle in the form that it is stored in. */
export function isHandle(text: string): boolean {
  return /^[a-z0-9_]{3,30}$/.test(text)
}

/** One spelling for all that compare equal. Handles are stored so: `Ada` and `ada` are the same handle, `ada`. */
export function foldHandle(text: string): string {
  return text.toLowerCase()
}

/** Reads a handle: 3–30 of a-z 0-9 and _; upper case is folded. */
export function readHandle(check: InputValidator, field: string, value: string): string {
  return foldHandle(check.readText(field, value, { min: 3, max: 30, format: handleForm }))
}

// A local part, one @, and a domain of labels between single dots. Addresses in other scripts pass (RFC 6531); whether one
// works only a letter to it can tell.
const emailForm: TextFormat = {
  matches: (text) => /^[^\s\p{C}@]+@[^\s\p{C}@.]+(\.[^\s\p{C}@.]+)*$/u.test(text),
  message: 'This is no email address.',
}
const emailMaxLength = 254

export function isEmail(text: string): boolean {
  return text.length <= emailMaxLength && emailForm.matches(text)
}

/** Reads an email address of at most 254 characters, as it was typed. */
export function readEmail(check: InputValidator, field: string, value: string): string {
  return check.readText(field, value, { max: emailMaxLength, format: emailForm })
}

/**
 * Returns what two email addresses that count as one have in common.
 *
 * @throws RangeError for a text that is too long to be one; see {@link areCredentialsWithinLimits}
 */
export function toEmailKey(email: string): string {
  return normalizeBounded(email.trim(), 'NFC', emailMaxLength).toLowerCase()
}

export const passwordLengthLimits = { min: 8, max: 256 }

/** Returns whether an account can have this email address and password, by their lengths. */
export function areCredentialsWithinLimits(email: string, password: string): boolean {
  return !isLongerThan(email.trim(), emailMaxLength) && !isLongerThan(password, passwordLengthLimits.max)
}

/** A new password; any characters, white space counts. */
export function checkPassword(check: InputValidator, field: string, value: string): void {
  check.checkLength(field, value, passwordLengthLimits)
}

export function readDisplayName(check: InputValidator, field: string, value: string): string {
  return check.readText(field, value, { max: 80 })
}
