import { toEmailKey, toSpelledEmailKey } from '../domain/emailAddresses'
import type { User } from '../domain/user'
import { listSearchTokens } from '../domain/userSearch'

/** Returns the keys that the account of an email address may have; see migration 0031. */
export const listEmailKeys = (email: string): string[] => [
  ...new Set([toEmailKey(email), toSpelledEmailKey(email)]),
]

/** Derives the stored fields of a new user that only the repository reads. */
export const deriveFields = (user: User) => ({
  ...(user.email !== null && { emailKey: toEmailKey(user.email) }),
  handles: [{ name: user.handle }],
  searchTokens: listSearchTokens(user),
})
