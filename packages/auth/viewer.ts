import { accountNotFound, forbidden, unauthenticated } from '../platform'

/** The roles in ascending order: each includes the permissions of the previous one. */
export type ViewerRole = 'MEMBER' | 'MODERATOR' | 'ADMIN'

/** A signed-in user. */
export interface SignedInViewer {
  kind: 'signedIn'
  id: string
  role: ViewerRole
  /** The session of the access token. */
  sessionId: string
  /** Present while the account is suspended: when that ends, in milliseconds since the epoch; Infinity without an end. */
  suspendedUntilMs?: number
}

/** A subgraph that sends a request to another subgraph in its own name. */
interface ServiceViewer {
  kind: 'service'
  /** The subgraph's name. */
  name: string
}

/** The sender of a request. */
export type Viewer = { kind: 'anonymous' } | SignedInViewer | ServiceViewer

export const anonymous: Viewer = { kind: 'anonymous' }

/** @throws UNAUTHENTICATED unless the viewer is signed in */
export function requireSignedIn(viewer: Viewer): SignedInViewer {
  if (viewer.kind !== 'signedIn') throw unauthenticated()
  return viewer
}

/**
 * Requires a viewer with an account, for changes on their behalf.
 *
 * @param isDeleted returns whether an account is known to be deleted
 * @throws UNAUTHENTICATED unless the viewer is signed in and the account exists
 */
export async function requireExistingAccount(
  viewer: Viewer,
  isDeleted: (id: string) => Promise<boolean>,
): Promise<SignedInViewer> {
  const signedIn = requireSignedIn(viewer)
  if (await isDeleted(signedIn.id)) throw accountNotFound()
  return signedIn
}

/** Requires another subgraph, for fields that only subgraphs may read. @throws FORBIDDEN for any other viewer */
export function requireService(viewer: Viewer): void {
  if (viewer.kind !== 'service') throw forbidden()
}

const ranks: Record<ViewerRole, number> = { MEMBER: 0, MODERATOR: 1, ADMIN: 2 }

/** Returns whether the viewer has a role or a higher one. */
export function hasRole(viewer: Viewer, role: ViewerRole): viewer is SignedInViewer {
  return viewer.kind === 'signedIn' && ranks[viewer.role] >= ranks[role]
}

/**
 * @throws UNAUTHENTICATED for an anonymous viewer
 * @throws FORBIDDEN for a viewer with a lower role
 */
export function requireRole(viewer: Viewer, role: ViewerRole): SignedInViewer {
  const signedIn = requireSignedIn(viewer)
  if (!hasRole(signedIn, role)) throw forbidden()
  return signedIn
}

/** Returns the end of the suspension of the viewer's account, which may be past: -Infinity without any. */
const getSuspensionEndMs = (viewer: Viewer): number =>
  (viewer.kind === 'signedIn' ? viewer.suspendedUntilMs : undefined) ?? -Infinity

/** Returns whether the account of the viewer is suspended. A suspension ends by itself, before its token does. */
export const isSuspended = (viewer: Viewer, now: Date): boolean => getSuspensionEndMs(viewer) > now.getTime()

/**
 * Requires a viewer whose account is not suspended, for every write except those to the account itself.
 *
 * @throws FORBIDDEN for a suspended account
 */
export function requireNotSuspended(viewer: Viewer, now: Date): void {
  if (!isSuspended(viewer, now)) return
  const untilMs = getSuspensionEndMs(viewer)
  const end = Number.isFinite(untilMs) ? ` until ${new Date(untilMs).toISOString()}` : ''
  throw forbidden(`This account is suspended${end}: it can read, and cannot write.`)
}

/** Returns whether an ID is that of the viewer. */
export function isSelf(viewer: Viewer, id: string | null): boolean {
  return viewer.kind === 'signedIn' && viewer.id === id
}
