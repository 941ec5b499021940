import { randomUUID } from 'node:crypto'

/**
 * An integer of a JSON text whose digits a number would lose. GraphQL itself has no such integers, but custom scalars, keys and the values of
 * subgraphs may contain them.
 */
export class LongInteger {
  constructor(readonly digits: string) {}

  /** Lets the built-in scalars of graphql-js serialize it. */
  valueOf(): string {
    return this.digits
  }

  toString(): string {
    return this.digits
  }

  /** Only {@link stringifyJson} writes the digits. */
  toJSON(): string {
    isInUse = true
    return marker + this.digits
  }
}

/** Unknown to clients and subgraphs, so that none of their strings has it. */
const marker = `integer-${randomUUID()}:`
const markedDigits = new RegExp(`"${marker}(-?\\d+)"`, 'g')
let isInUse = false

/** The beginning of most numbers that may be too long. The pattern is also found in strings, which costs only time. */
const longNumber = /[[:,\s]-?\d{16}/
const token = /"[^"\\]*(?:\\[^][^"\\]*)*"|-?\d[\w.+-]*/g
const integer = /^-?[1-9]\d*$/

/** Parses JSON. Integers beyond 2^53 become {@link LongInteger}. @throws SyntaxError */
export function parseJson(text: string): unknown {
  if (!longNumber.test(text)) return JSON.parse(text)
  const marked = text.replace(token, (found) =>
    // In a list, which no JSON text has as a key.
    integer.test(found) && !Number.isSafeInteger(Number(found)) ? `["${marker}","${found}"]` : found,
  )
  return JSON.parse(marked, (_, value: unknown) =>
    Array.isArray(value) && value.length === 2 && value[0] === marker
      ? new LongInteger(String(value[1]))
      : value,
  )
}

/** Writes JSON, with the digits of each {@link LongInteger}. */
export function stringifyJson(value: unknown): string {
  isInUse = false
  const text = JSON.stringify(value)
  return isInUse ? text.replace(markedDigits, '$1') : text
}
