import { forbidden, unauthenticated } from './errors'

/** Ordered by what they may: each role may all that the one before it may. */
export type ViewerRole = 'MEMBER' | 'MODERATOR' | 'ADMIN'

/** Somebody who is signed in. */
export interface SignedIn {
  kind: 'signedIn'
  id: string
  role: ViewerRole
  /** The session that the access token belongs to. */
  sessionId: string
}

/** Who is asking. */
export type Viewer = { kind: 'anonymous' } | SignedIn

export const anonymous: Viewer = { kind: 'anonymous' }

/** @throws UNAUTHENTICATED for an anonymous viewer */
export function requireViewer(viewer: Viewer): SignedIn {
  if (viewer.kind === 'anonymous') throw unauthenticated()
  return viewer
}

const ranks: Record<ViewerRole, number> = { MEMBER: 0, MODERATOR: 1, ADMIN: 2 }

/** Whether the viewer has this role or a higher one. */
export function hasRole(viewer: Viewer, role: ViewerRole): viewer is SignedIn {
  return viewer.kind === 'signedIn' && ranks[viewer.role] >= ranks[role]
}

/**
 * @throws UNAUTHENTICATED for an anonymous viewer
 * @throws FORBIDDEN for one below the role
 */
export function requireRole(viewer: Viewer, role: ViewerRole): SignedIn {
  const signedIn = requireViewer(viewer)
  if (!hasRole(signedIn, role)) throw forbidden()
  return signedIn
}

/** Whether this is the viewer's own ID. */
export function isViewer(viewer: Viewer, id: string | null): boolean {
  return viewer.kind === 'signedIn' && viewer.id === id
}
