/** An identity at a provider with which a user can sign in. */
export interface LinkedIdentity {
  /** The provider's name in the configuration. */
  provider: string
  /** See {@link toIdentityKey}; unique among all users. */
  key: string
  linkedAt: Date
}

/** A person as a provider has identified them, with the claims that are used. */
export interface ProvenIdentity {
  provider: string
  key: string
  /** Only an address that the provider has verified; null without one. */
  verifiedEmail: string | null
  /** Names for a new account, the best one first, without limits of length or characters. */
  handleHints: string[]
  nameHints: string[]
  /** When the person entered their credentials at the provider; undefined if the provider does not disclose it. */
  authenticatedAt: Date | undefined
}

/** The longest subject of an identity (OpenID Connect Core 1.0, section 2). */
export const maxSubjectLength = 255

/**
 * Returns the key of an identity. Issuer and subject together are the only stable identifier of a person (OpenID Connect
 * Core 1.0, section 5.7): an issuer that is configured under a name that another one had cannot sign in its users.
 */
export const toIdentityKey = (issuer: string, subject: string): string => `${issuer} ${subject}`

/** Returns an identity as it is stored. */
export const toLinkedIdentity = ({ provider, key }: ProvenIdentity, linkedAt: Date): LinkedIdentity => ({
  provider,
  key,
  linkedAt,
})

/** How long a sign-in with a provider confirms acts for which others enter their password. */
export const confirmationWindowMs = 5 * 60_000

/** How the user of a session has signed in. */
export interface Authentication {
  authenticatedAt?: Date
  /** The identity provider; absent for a password. */
  provider?: string
}

/** Returns whether the user of a session has signed in recently. */
export function isRecent({ authenticatedAt }: Authentication, now: Date): boolean {
  return authenticatedAt !== undefined && now.getTime() - authenticatedAt.getTime() < confirmationWindowMs
}

/**
 * Returns how a session begins with an identity, at a time that a wrong clock of the provider cannot move forward. Without a time
 * it confirms no act: the person may have used a session at the provider that is days old.
 */
export function toAuthentication(
  { provider, authenticatedAt }: ProvenIdentity,
  now: Date,
): Authentication & { provider: string } {
  if (!authenticatedAt) return { provider }
  return { provider, authenticatedAt: authenticatedAt < now ? authenticatedAt : now }
}
