import { createHash, randomBytes } from 'node:crypto'

import { badUserInput } from '../packages/platform'

/** The prefix of the IDs of each type that implements Node. Clients may rely on it. */
export const idPrefixes = {
  User: 'usr',
  Event: 'evt',
  Registration: 'reg',
  Post: 'pst',
  Comment: 'cmt',
  Notification: 'ntf',
  Report: 'rpt',
  ModerationAction: 'act',
} as const

/** The types with IDs. */
export type IdType = keyof typeof idPrefixes

const idTypes = Object.keys(idPrefixes) as IdType[]

/**
 * Creates an ID: the type's prefix and 32 hexadecimal digits. 12 of them are the time in milliseconds, so that
 * indexes grow at their end, and the others 80 random bits.
 */
export function newId(type: IdType, now: number = Date.now()): string {
  return `${idPrefixes[type]}_${now.toString(16).padStart(12, '0')}${randomBytes(10).toString('hex')}`
}

/**
 * Derives the ID of an imported row, which is always the same for the same row of the same source, so that
 * imports are idempotent.
 *
 * @param source for example `stackexchange`
 * @param row the row's key in the source, for example `users/12`
 */
export function derivedId(type: IdType, source: string, row: string): string {
  const digest = createHash('sha256').update(`${type}\n${source}\n${row}`).digest('hex')
  return `${idPrefixes[type]}_${digest.slice(0, 32)}`
}

/** Returns whether a value has the format of an ID of this type. The entity may not exist. */
export function isId(type: IdType, value: unknown): boolean {
  if (typeof value !== 'string') return false
  return value.length === 36 && value.startsWith(idPrefixes[type]) && /^_[0-9a-f]{32}$/.test(value.slice(3))
}

/** Returns the type of an ID; undefined for a text that is no ID. */
export function readIdType(id: string): IdType | undefined {
  return idTypes.find((type) => isId(type, id))
}

/**
 * Returns an ID of this type.
 *
 * @param argument its path among the field's arguments, for example `['input', 'eventId']`
 * @throws BAD_USER_INPUT for any other value
 */
export function requireId(type: IdType, value: string, argument: readonly string[]): string {
  if (!isId(type, value)) throw badUserInput(`This is no ID of the type ${type}.`, argument)
  return value
}
