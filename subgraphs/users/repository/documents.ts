import type { Session } from '../domain/session'
import type { Account, User } from '../domain/user'
import type { SessionDocument, UserDocument } from './models'

/** Excludes the fields of a user that only sign-in, sessions and revocations need. */
export const publicProjection = {
  passwordHash: 0,
  sessionEpoch: 0,
  roleVersion: 0,
  emailKey: 0,
  tokenVersion: 0,
  revokedAt: 0,
  handles: 0,
  searchTokens: 0,
  notificationChannels: 0,
  verification: 0,
  resetToken: 0,
  pendingUntil: 0,
} as const

/** A user's document as read with {@link publicProjection}. */
export type PublicUserDocument = Omit<UserDocument, keyof typeof publicProjection>

export function toUser({ _id, ...rest }: PublicUserDocument): User {
  return { id: _id, ...rest }
}

export function toAccount({
  passwordHash,
  sessionEpoch,
  roleVersion: _1,
  emailKey: _2,
  tokenVersion = 0,
  revokedAt: _3,
  handles: _4,
  searchTokens: _5,
  notificationChannels: _6,
  verification: _7,
  resetToken: _8,
  pendingUntil: _9,
  ...rest
}: UserDocument): Account {
  return { user: toUser(rest), passwordHash, sessionEpoch, tokenVersion }
}

export function toSession({ _id, endedAt: _, ...rest }: SessionDocument): Session {
  return { id: _id, ...rest }
}
