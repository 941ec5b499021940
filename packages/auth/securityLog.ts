import { DomainError, maskAddress } from '../platform'
import type { Log } from '../platform/log'
import { isSelf, type Viewer } from './viewer'
import type { ViewerClaims } from './viewerToken'

/** All security events with their log levels. */
const levels = {
  /** A sign-in with a wrong password, or for an address without an account. */
  'sign-in.failed': 'warn',
  /** A wrong current password of a signed-in viewer. */
  'password.refused': 'warn',
  /** A request was refused with RATE_LIMITED. */
  'request.throttled': 'warn',
  /** A refresh token was reused: its family of sessions has ended. */
  'refresh-token.reused': 'warn',
  /** One session has ended, or all of an account (`everywhere`). */
  'session.ended': 'info',
  /** A sign-in with an identity provider was not confirmed. */
  'identity.refused': 'warn',
  /** An identity was linked to an account: by its viewer, or by a verified email address. */
  'identity.linked': 'info',
  /** An identity was removed from an account. */
  'identity.unlinked': 'info',
  /** Another address was entered for an account; it is not verified yet. */
  'email.changeRequested': 'info',
  /** The owner of an address has proved it, which completes a change of address or a pending sign-up. */
  'email.verified': 'info',
  /** The role of an account has changed. */
  'role.changed': 'info',
  /** A moderator or administrator has suspended an account. */
  'account.suspended': 'info',
  /** A suspension was lifted before its end. */
  'account.unsuspended': 'info',
  /** A moderator or administrator has changed content of another account. */
  'content.moderated': 'info',
} as const

type SecurityEvent = keyof typeof levels

/** The details of an event: IDs and codes. Never a password, a token, an email address or a text of a member. */
interface SecurityDetails {
  /** The client's network address; only its network is logged. */
  address?: string
  [detail: string]: string | number | boolean | null | undefined
}

/** Logs a security event. */
export type SecurityLog = (event: SecurityEvent, details: SecurityDetails) => void

/** Creates a log of security events: JSON lines with the event's name in `event`, for searches and alerts. */
export function createSecurityLog(log: Log): SecurityLog {
  return (event, { address, ...details }) => {
    const network = address ? maskAddress(address) : undefined
    log[levels[event]]({ event, ...details, ...(network && { network }) }, 'Security event')
  }
}

/** An action of a moderator or administrator. */
interface Moderation {
  /** For example `comment.hidden`. */
  action: string
  /** The object of the action. */
  id: string
  /** The account that owns it; null without an owner. */
  ownerId: string | null
  /** A text of the moderator. */
  reason?: string | null
}

/** Logs an action of a viewer on content of another account; changes of the owner are not moderation. */
export function logModeration(
  logSecurity: SecurityLog,
  viewer: Viewer,
  { action, id, ownerId, reason }: Moderation,
): void {
  if (viewer.kind !== 'signedIn' || isSelf(viewer, ownerId)) return
  logSecurity('content.moderated', {
    action,
    id,
    ownerId,
    by: viewer.id,
    role: viewer.role,
    ...(reason != null && { reason }),
  })
}

/** A GraphQLError. */
interface ResponseError {
  path?: readonly (string | number)[] | undefined
  originalError?: Error | undefined
  extensions: Readonly<Record<string, unknown>>
}

/**
 * Logs every RATE_LIMITED error of this process, of any limit. Errors of other processes, which the router passes on, are
 * left to their logs.
 *
 * @param caller the sender of the request; undefined when unknown
 */
export function logThrottledErrors(
  logSecurity: SecurityLog,
  errors: readonly ResponseError[],
  caller: ViewerClaims | undefined,
): void {
  for (const { path, originalError, extensions } of errors) {
    if (readErrorCode(originalError) !== 'RATE_LIMITED' && extensions['code'] !== 'RATE_LIMITED') continue
    if (extensions['serviceName'] !== undefined) continue
    const { viewer, address } = caller ?? {}
    const viewerId = viewer?.kind === 'signedIn' ? viewer.id : undefined
    const details = originalError instanceof DomainError ? originalError.logDetails : {}
    logSecurity('request.throttled', { field: path?.[0], ...details, viewerId, address })
  }
}

const readErrorCode = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
