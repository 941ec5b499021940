import { dayMs } from '../../../packages/platform'
import type { InputValidator, TextFormat } from '../../../packages/subgraph-kit/input'

const handleFormat: TextFormat = {
  matches: (text) => /^[a-z0-9_]*$/i.test(text),
  message: 'A handle may contain only the letters a to z, digits and _.',
}

/** Handles that seem to speak for the community or its operators, and words of addresses, in which frontends use handles. */
const reservedHandles: ReadonlySet<string> = new Set(
  `
  abuse admin administrator administrators admins agora billing bot community contact everyone hostmaster info
  mailer_daemon mod moderation moderator moderators mods no_reply noreply official operator operators postmaster press
  privacy root security staff superuser support sysadmin system team trust webmaster
  about account accounts all anonymous api app assets auth blog callback comment comments config dashboard delete docs
  download edit email emails event events explore faq favicon feed feeds follow followers following forgot_password
  graphql guest health help here home home_page images inbox index invite jobs join legal login logout mail me media
  members messages new news node notification notifications null oauth oauth2 oidc page pages password policy post posts
  profile profiles public register registration registrations report reports reset_password robots rss rules search
  session sessions settings sign_in sign_out sign_up signin signout signup sitemap static status subscribe tag tags terms
  undefined unsubscribe update upload uploads url user users verify verify_email viewer welcome well_known www
  `
    .trim()
    .split(/\s+/),
)

/** In code points. */
export const maxHandleLength = 30

/** Returns whether a handle, in its stored form, can be chosen only by the system. */
export function isReservedHandle(handle: string): boolean {
  return reservedHandles.has(handle)
}

/** Returns whether a text is a valid handle in its stored form. */
export function isHandle(text: string): boolean {
  return /^[a-z0-9_]{3,30}$/.test(text)
}

/** Returns the stored form of a handle: `Ada` and `ada` are the same handle, `ada`. */
export function foldHandle(text: string): string {
  return text.toLowerCase()
}

/**
 * Reads a handle: 3–30 of a-z 0-9 and _; upper case is converted to lower case. Reserved handles are TAKEN, except the
 * present one of the account.
 */
export function readHandle(check: InputValidator, field: string, value: string, present?: string): string {
  const handle = foldHandle(
    check.readText(field, value, { min: 3, max: maxHandleLength, format: handleFormat }),
  )
  if (isReservedHandle(handle) && handle !== present)
    check.addError('TAKEN', field, 'This handle is reserved. Choose another one.')
  return handle
}

/** A handle of an account: the present one, or one that it has given up. */
export interface OwnHandle {
  /** In its stored form. */
  name: string
  /** Until when a handle that was given up stays reserved for the account; absent for the present one. */
  reservedUntil?: Date
}

const reservationMs = 90 * dayMs
/** Bounds the handles that one account can reserve by changing its handle often. */
export const maxReservedHandles = 5

/** Returns until when a handle that is given up now stays reserved. */
export const getReservationEnd = (now: Date): Date => new Date(now.getTime() + reservationMs)

/**
 * Returns the handles of an account after a change: the new one, and those that stay reserved, the latest first. An
 * account can take back a handle of its own. Returns undefined if it would reserve too many: none is released early, since a
 * stranger could take it.
 */
export function changeHandle(
  own: readonly OwnHandle[],
  present: string,
  next: string,
  now: Date,
): OwnHandle[] | undefined {
  const givenUp = { name: present, reservedUntil: getReservationEnd(now) }
  const reserved = [givenUp, ...own.filter(({ name }) => name !== present)].filter(
    ({ name, reservedUntil }) => name !== next && reservedUntil !== undefined && reservedUntil > now,
  )
  return reserved.length > maxReservedHandles ? undefined : [{ name: next }, ...reserved]
}
