import { accountNotFound, forbidden, unauthenticated } from '../platform/errors'

/** Ordered by what they may: each role may all that the one before it may. */
export type ViewerRole = 'MEMBER' | 'MODERATOR' | 'ADMIN'

/** Somebody who is signed in. */
export interface SignedInViewer {
  kind: 'signedIn'
  id: string
  role: ViewerRole
  /** The session that the access token belongs to. */
  sessionId: string
}

/** A subgraph that asks another for itself, and not for somebody who has asked it. */
export interface ServiceViewer {
  kind: 'service'
  /** The subgraph's name. */
  name: string
}

/** Who is asking. */
export type Viewer = { kind: 'anonymous' } | SignedInViewer | ServiceViewer

export const anonymous: Viewer = { kind: 'anonymous' }

/** @throws UNAUTHENTICATED unless somebody is signed in */
export function requireSignedIn(viewer: Viewer): SignedInViewer {
  if (viewer.kind !== 'signedIn') throw unauthenticated()
  return viewer
}

/**
 * For what is done in the viewer's name.
 *
 * @param isGone whether an account is known to be gone
 * @throws UNAUTHENTICATED unless somebody is signed in whose account is not
 */
export async function requireExistingAccount(
  viewer: Viewer,
  isGone: (id: string) => Promise<boolean>,
): Promise<SignedInViewer> {
  const signedIn = requireSignedIn(viewer)
  if (await isGone(signedIn.id)) throw accountNotFound()
  return signedIn
}

/** For what subgraphs tell each other alone. @throws FORBIDDEN for anybody else */
export function requireService(viewer: Viewer): void {
  if (viewer.kind !== 'service') throw forbidden()
}

const ranks: Record<ViewerRole, number> = { MEMBER: 0, MODERATOR: 1, ADMIN: 2 }

/** Whether the viewer has this role or a higher one. */
export function hasRole(viewer: Viewer, role: ViewerRole): viewer is SignedInViewer {
  return viewer.kind === 'signedIn' && ranks[viewer.role] >= ranks[role]
}

/**
 * @throws UNAUTHENTICATED for an anonymous viewer
 * @throws FORBIDDEN for one below the role
 */
export function requireRole(viewer: Viewer, role: ViewerRole): SignedInViewer {
  const signedIn = requireSignedIn(viewer)
  if (!hasRole(signedIn, role)) throw forbidden()
  return signedIn
}

/** Whether this is the viewer's own ID. */
export function isSelf(viewer: Viewer, id: string | null): boolean {
  return viewer.kind === 'signedIn' && viewer.id === id
}
