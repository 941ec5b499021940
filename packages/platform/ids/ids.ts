import { createHash, randomBytes } from 'node:crypto'

import { idPrefixes, type IdType } from './idPrefixes'
import { badUserInput } from '../errors'

export type { IdType }

/**
 * A new ID: the type's prefix and 32 hexadecimal digits, 12 of them the time in milliseconds, so that an index
 * grows at its end, and 80 random bits.
 */
export function newId(type: IdType, now: number = Date.now()): string {
  return `${idPrefixes[type]}_${now.toString(16).padStart(12, '0')}${randomBytes(10).toString('hex')}`
}

/**
 * The ID that an import gives to a row: always the same for the same row of the same source.
 *
 * @param source what the row comes from, for example `stackexchange`
 * @param row the row's place in it, for example `users/12`
 */
export function derivedId(type: IdType, source: string, row: string): string {
  const digest = createHash('sha256').update(`${type}\n${source}\n${row}`).digest('hex')
  return `${idPrefixes[type]}_${digest.slice(0, 32)}`
}

/** Whether a value has the form of an ID of this type. It says nothing about whether there is such a thing. */
export function isId(type: IdType, value: unknown): boolean {
  if (typeof value !== 'string') return false
  return value.length === 36 && value.startsWith(idPrefixes[type]) && /^_[0-9a-f]{32}$/.test(value.slice(3))
}

/**
 * Hands an ID on that has the right form.
 *
 * @param argument where it stands among the field's arguments, for example `['input', 'postId']`
 * @throws BAD_USER_INPUT for an ID of another type, or for none at all
 */
export function requireId(type: IdType, value: string, argument: readonly string[]): string {
  if (!isId(type, value)) throw badUserInput(`This is no ID of the type ${type}.`, argument)
  return value
}
