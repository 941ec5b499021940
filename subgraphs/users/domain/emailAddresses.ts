import { isEmailValid } from '@hapi/address'
import { domainToASCII } from 'node:url'

import { isLongerThan, normalizeBounded } from '../../../packages/platform'
import type { InputValidator, TextFormat } from '../../../packages/subgraph-kit/input'

/** In Unicode code points (RFC 5321, erratum 1690). */
export const emailMaxLength = 254

/**
 * A local part of atoms between dots, and a domain name, which may have one label. Internationalized addresses are valid
 * (RFC 6531), quoted local parts and address literals are not. Only a message to the address could prove that it exists.
 */
const emailFormat: TextFormat = {
  matches: (text) =>
    !/[\s\p{C}]/u.test(text) &&
    isEmailValid(text, { minDomainSegments: 1, ignoreLength: true }) &&
    domainToASCII(splitAddress(text).domain) !== '',
  message: 'This is not an email address.',
}

/** Returns whether a text has the format of an email address. */
export function isEmail(text: string): boolean {
  return !isLongerThan(text, emailMaxLength) && emailFormat.matches(text)
}

/** Reads an email address of at most 254 characters, and keeps it as entered. */
export function readEmail(check: InputValidator, field: string, value: string): string {
  return check.readText(field, value, { max: emailMaxLength, format: emailFormat })
}

/**
 * Returns the key by which email addresses are compared, and which is unique: without regard to case, with the domain in
 * its ASCII form (UTS 46), so that `ada@bücher.example` and `ada@xn--bcher-kva.example` are one account.
 *
 * @throws RangeError for a text that exceeds the maximum length; see {@link areCredentialsWithinLimits}
 */
export function toEmailKey(email: string): string {
  const key = toSpelledEmailKey(email)
  const { local, domain } = splitAddress(key)
  // Addresses of earlier versions may have a domain without an ASCII form.
  return `${local}@${domainToASCII(domain) || domain}`
}

/**
 * Returns the key that earlier versions compared: without regard to case alone. Accounts that have the same
 * {@link toEmailKey} as an older one keep it (migration 0031), and sign in with the spelling of their address.
 *
 * @throws RangeError for a text that exceeds the maximum length
 */
export function toSpelledEmailKey(email: string): string {
  return normalizeBounded(email.trim(), 'NFC', emailMaxLength).toLowerCase()
}

function splitAddress(email: string): { local: string; domain: string } {
  const at = email.lastIndexOf('@')
  return { local: email.slice(0, Math.max(at, 0)), domain: email.slice(at + 1) }
}
