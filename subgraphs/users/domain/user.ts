import { hasRole, isSelf, type Viewer } from '../../../packages/auth'
import { isLongerThan, normalizeBounded } from '../../../packages/platform'
import { newId } from '../../../schema/ids'
import type { InputValidator, TextFormat } from '../../../packages/subgraph-kit/input'
import type { LinkedIdentity } from './identities/identity'
import type { Suspension } from './moderation/suspension'

export type UserRole = 'MEMBER' | 'MODERATOR' | 'ADMIN'

/** The public part of an account. {@link Account} adds the secrets. */
export interface User {
  id: string
  /** Lower case, so that it can be compared directly. */
  handle: string
  displayName: string
  /** As entered; unique without regard to case. Null for imported users, who cannot sign in. */
  email: string | null
  bio: string | null
  websiteUrl: string | null
  avatarUrl: string | null
  location: string | null
  role: UserRole
  joinedAt: Date
  /** The latest suspension that was not lifted; it may be over. */
  suspension?: Suspension
  /** When the user proved to receive mail at `email`; absent before. */
  emailVerifiedAt?: Date
}

/** A user with the fields that authenticate them. Used for sign-in, sessions and role changes only. */
export interface Account {
  user: User
  /** In PHC string format; null for users who sign in with a provider only, and for imported users. */
  passwordHash: string | null
  /** Incremented to end all sessions at once: sessions of an earlier epoch are invalid. */
  sessionEpoch: number
  /** Incremented to revoke the user's access tokens, also by every role change. */
  tokenVersion: number
  /** Absent for none. */
  identities?: LinkedIdentity[]
}

/** Creates the account of a new member. */
export function createAccount(
  { email, handle, displayName }: { email: string | null; handle: string; displayName: string },
  passwordHash: string | null,
  joinedAt: Date,
): Account {
  const user: User = {
    id: newId('User', joinedAt.getTime()),
    handle,
    displayName,
    email,
    bio: null,
    websiteUrl: null,
    avatarUrl: null,
    location: null,
    role: 'MEMBER',
    joinedAt,
  }
  return { user, passwordHash, sessionEpoch: 0, tokenVersion: 0 }
}

/** The fields that users can change in their own profile. */
export type Profile = Pick<User, 'handle' | 'displayName' | 'bio' | 'websiteUrl' | 'avatarUrl' | 'location'>

/** Returns whether the viewer may read the email address of this user. */
export function canSeeEmail(viewer: Viewer, userId: string): boolean {
  return isSelf(viewer, userId) || hasRole(viewer, 'ADMIN')
}

/** Returns whether the viewer may read the suspension of this user. */
export function canSeeSuspension(viewer: Viewer, userId: string): boolean {
  return isSelf(viewer, userId) || hasRole(viewer, 'MODERATOR')
}

const handleFormat: TextFormat = {
  matches: (text) => /^[a-z0-9_]*$/i.test(text),
  message: 'A handle may contain only the letters a to z, digits and _.',
}

/** Returns whether a text is a valid handle in its stored form. */
export function isHandle(text: string): boolean {
  return /^[a-z0-9_]{3,30}$/.test(text)
}

/** Returns the stored form of a handle: `Ada` and `ada` are the same handle, `ada`. */
export function foldHandle(text: string): string {
  return text.toLowerCase()
}

/** Reads a handle: 3–30 of a-z 0-9 and _; upper case is converted to lower case. */
export function readHandle(check: InputValidator, field: string, value: string): string {
  return foldHandle(check.readText(field, value, { min: 3, max: 30, format: handleFormat }))
}

// A local part, one @, and a domain of labels between single dots. Internationalized addresses are valid (RFC 6531).
// Only a message to the address could prove that it exists.
const emailFormat: TextFormat = {
  matches: (text) => /^[^\s\p{C}@]+@[^\s\p{C}@.]+(\.[^\s\p{C}@.]+)*$/u.test(text),
  message: 'This is not an email address.',
}
const emailMaxLength = 254

/** Returns whether a text has the format of an email address. */
export function isEmail(text: string): boolean {
  return text.length <= emailMaxLength && emailFormat.matches(text)
}

/** Reads an email address of at most 254 characters; keeps its case. */
export function readEmail(check: InputValidator, field: string, value: string): string {
  return check.readText(field, value, { max: emailMaxLength, format: emailFormat })
}

/**
 * Returns the key by which email addresses are compared: equal for addresses that differ in case only.
 *
 * @throws RangeError for a text that exceeds the maximum length; see {@link areCredentialsWithinLimits}
 */
export function toEmailKey(email: string): string {
  return normalizeBounded(email.trim(), 'NFC', emailMaxLength).toLowerCase()
}

/** In Unicode code points. */
export const passwordLengthLimits = { min: 8, max: 256 }

/** Returns whether an account could have this email address and password, judged by their lengths. */
export function areCredentialsWithinLimits(email: string, password: string): boolean {
  return !isLongerThan(email.trim(), emailMaxLength) && !isLongerThan(password, passwordLengthLimits.max)
}

/** Checks the length of a new password. All characters are allowed, and white space counts. */
export function checkPassword(check: InputValidator, field: string, value: string): void {
  check.checkLength(field, value, passwordLengthLimits)
}

/** Reads a display name of 1–80 characters. */
export function readDisplayName(check: InputValidator, field: string, value: string): string {
  return check.readText(field, value, { max: 80 })
}
