import { createHash } from 'node:crypto'

import { firstCodePoints, maskAddress } from '../../../../packages/platform'
import { refreshTokenLifetimeMs, type Session, type SessionClient } from '../session'

/** A session as its user sees it. */
export interface SessionInfo {
  id: string
  createdAt: Date
  lastUsedAt: Date
  userAgent: string | null
  network: string | null
  isCurrent: boolean
}

const maxUserAgentLength = 200

/** @param address the client's network address */
export function describeClient(address: string, userAgent: string | undefined): SessionClient {
  const printable = (userAgent ?? '').replace(/\p{C}/gu, '').trim()
  return {
    userAgent: printable === '' ? null : firstCodePoints(printable, maxUserAgentLength),
    network: maskAddress(address),
  }
}

/** Returns the public ID of a session. */
export function toPublicSessionId(sessionId: string): string {
  return `ses_${createHash('sha256').update(sessionId).digest('hex').slice(0, 32)}`
}

/** @param currentId the session of the request */
export function toSessionInfo(session: Session, currentId: string): SessionInfo {
  // Every renewal extends the session by its whole lifetime.
  const lastUsedAt = new Date(session.expiresAt.getTime() - refreshTokenLifetimeMs)
  return {
    id: toPublicSessionId(session.id),
    createdAt: session.createdAt ?? lastUsedAt,
    lastUsedAt,
    userAgent: session.client?.userAgent ?? null,
    network: session.client?.network ?? null,
    isCurrent: session.id === currentId,
  }
}
