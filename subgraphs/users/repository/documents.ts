import { buildProjection, toStoredDocument } from '../../../packages/subgraph-kit/mongo'
import type { SelectedFields } from '../../../packages/subgraph-kit/selectedFields'
import type { Session } from '../domain/session'
import { selectableFields, type Account, type SelectedUser, type User } from '../domain/user'
import { deriveFields } from './derivedFields'
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
  identities: 0,
  verification: 0,
  resetToken: 0,
  pendingUntil: 0,
  notificationChannels: 0,
} as const

/** A user's document as read with {@link publicProjection}. */
export type PublicUserDocument = Omit<UserDocument, keyof typeof publicProjection>

/** Builds the projection of a user with selected fields. */
export const projectUser = (selected: SelectedFields) =>
  buildProjection(['role', 'email', 'emailVerifiedAt', 'suspension'], selectableFields, selected)

/** Returns the user of a document that was read with {@link projectUser}. */
export const toSelectedUser: (document: PublicUserDocument) => SelectedUser = toUser

export function toUser({ _id, ...rest }: PublicUserDocument): User {
  return { id: _id, ...rest }
}

export function toAccount({
  passwordHash,
  sessionEpoch,
  roleVersion: _,
  emailKey: __,
  tokenVersion = 0,
  identities,
  revokedAt,
  handles,
  searchTokens,
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
    ...deriveFields(user),
    ...secrets,
    roleVersion: 0,
  }
}

export function toSession({ _id, endedAt: _, ...rest }: SessionDocument): Session {
  return { id: _id, ...rest }
}
