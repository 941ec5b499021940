import type { ViewerRole } from '../packages/auth'

const scopesByRole: Readonly<Record<ViewerRole, readonly string[]>> = {
  MEMBER: ['role:member'],
  MODERATOR: ['role:member', 'role:moderator'],
  ADMIN: ['role:member', 'role:moderator', 'role:admin'],
}

/** Returns the scopes that a role has for @requiresScopes, beside those in the claim `scope` of the access token. */
export const listScopesOfRole = (role: ViewerRole): readonly string[] => scopesByRole[role]
