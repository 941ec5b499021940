import { toStoredDocument } from '../../../packages/subgraph-kit/mongo'
import type { Session } from '../domain/session'
import { toEmailKey, type Account, type User } from '../domain/user'
import type { SessionDocument, UserDocument } from './models'

/** Excludes the fields of a user that only sign-in, sessions and revocations need. */
export const publicProjection = {
  passwordHash: 0,
  sessionEpoch: 0,
  roleVersion: 0,
  emailKey: 0,
  tokenVersion: 0,
  revokedAt: 0,
  identities: 0,
  verification: 0,
  resetToken: 0,
  pendingUntil: 0,
  notificationChannels: 0,
} as const

/** A user's document as read with {@link publicProjection}. */
export type PublicUserDocument = Omit<UserDocument, keyof typeof publicProjection>

export function toUser({ _id, ...rest }: PublicUserDocument): User {
  return { id: _id, ...rest }
}

export function toAccount({
  passwordHash,
  sessionEpoch,
  roleVersion,
  emailKey,
  tokenVersion = 0,
  identities,
  revokedAt,
  verification,
  resetToken,
  pendingUntil,
  notificationChannels,
  ...rest
}: UserDocument): Account {
  return {
    user: toUser(rest),
    passwordHash,
    sessionEpoch,
    tokenVersion,
    ...(identities && { identities }),
  }
}

/** Returns the document of a new account. */
export function toUserDocument({ user, ...secrets }: Account): UserDocument {
  return {
    ...toStoredDocument(user),
    ...(user.email !== null && { emailKey: toEmailKey(user.email) }),
    ...secrets,
    roleVersion: 0,
  }
}

export function toSession({ _id, endedAt: _, ...rest }: SessionDocument): Session {
  return { id: _id, ...rest }
}
