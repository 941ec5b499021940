import { hasRole, isSelf, type Viewer } from '../../../packages/auth'
import { isLongerThan } from '../../../packages/platform'
import { newId } from '../../../schema/ids'
import type { InputValidator } from '../../../packages/subgraph-kit/input'
import { emailMaxLength } from './emailAddresses'
import type { LinkedIdentity } from './identities/identity'
import type { Suspension } from './moderation/suspension'
import { passwordLengthLimits } from './passwords'

export { isEmail, readEmail, toEmailKey, toSpelledEmailKey } from './emailAddresses'
export { foldHandle, isHandle, readHandle } from './handles'
export { checkPassword, passwordLengthLimits, type PasswordOwner } from './passwords'

const userRoles = ['MEMBER', 'MODERATOR', 'ADMIN'] as const
export type UserRole = (typeof userRoles)[number]

export const isUserRole = (text: string): text is UserRole => userRoles.some((role) => role === text)

/** The public part of an account. {@link Account} adds the secrets. */
export interface User {
  id: string
  /** Lower case, so that it can be compared directly. */
  handle: string
  displayName: string
  /** As entered; unique by its key, see `toEmailKey`. Null for imported users, who cannot sign in. */
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

/** The fields of a user that are read only for operations that select them. */
export const selectableFields = [
  'handle',
  'displayName',
  'bio',
  'websiteUrl',
  'avatarUrl',
  'location',
  'joinedAt',
] as const
type SelectableField = (typeof selectableFields)[number]

/** A user as it is read for an operation: without the {@link selectableFields} that the operation does not select. */
export type SelectedUser = Omit<User, SelectableField> & Partial<Pick<User, SelectableField>>

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

/** Returns whether an account could have this email address and password, judged by their lengths. */
export function areCredentialsWithinLimits(email: string, password: string): boolean {
  return !isLongerThan(email.trim(), emailMaxLength) && !isLongerThan(password, passwordLengthLimits.max)
}

/** Reads a display name of 1–80 characters on one line. */
export function readDisplayName(check: InputValidator, field: string, value: string): string {
  return check.readLine(field, value, { max: 80 })
}
