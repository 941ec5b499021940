import { randomUUID } from 'node:crypto'

/**
 * An integer of a JSON text that a number cannot represent exactly. GraphQL itself has no such integers, but custom
 * scalars, keys and the values of subgraphs may contain them.
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

/** Random, so that no input contains it. */
const marker = `integer-${randomUUID()}:`
const markedDigits = new RegExp(`"${marker}(-?\\d+)"`, 'g')
let isInUse = false

/** The beginning of most numbers that may be too long. The pattern is also found in strings, which costs only time. */
const longNumber = /[[:,\s]-?\d{16}/
/**
 * A quote, an escaped character, or a number. Without strings as a whole: an unterminated one would be searched from
 * each of its quotes.
 */
const token = /"|\\[^]|-?\d[\w.+-]*/g
const integer = /^-?[1-9]\d*$/

/** Parses JSON. Integers beyond 2^53 become {@link LongInteger}. @throws SyntaxError */
export function parseJson(text: string): unknown {
  if (!longNumber.test(text)) return JSON.parse(text)
  let isInString = false
  const marked = text.replace(token, (found) => {
    if (found === '"') isInString = !isInString
    const isLong = !isInString && integer.test(found) && !Number.isSafeInteger(Number(found))
    // In a list, which no JSON text has as a key.
    return isLong ? `["${marker}","${found}"]` : found
  })
  return restoreLongIntegers(JSON.parse(marked))
}

/** Replaces the marked lists of a value. Without recursion, which would exceed the stack where JSON.parse does not. */
function restoreLongIntegers(parsed: unknown): unknown {
  const root: Record<string, unknown> = { parsed }
  const containers: (Record<string, unknown> | unknown[])[] = [root]
  const restore = (value: unknown): unknown => {
    if (Array.isArray(value) && value.length === 2 && value[0] === marker)
      return new LongInteger(String(value[1]))
    if (isContainer(value)) containers.push(value)
    return value
  }
  for (let container = containers.pop(); container; container = containers.pop())
    if (Array.isArray(container))
      for (const [index, value] of container.entries()) container[index] = restore(value)
    // Each key is the object's own, so that `__proto__` is replaced like any other.
    else for (const key of Object.keys(container)) container[key] = restore(container[key])
  return root['parsed']
}

const isContainer = (value: unknown): value is Record<string, unknown> | unknown[] =>
  typeof value === 'object' && value !== null

/** Writes JSON, with the digits of each {@link LongInteger}. */
export function stringifyJson(value: unknown): string {
  isInUse = false
  const text = JSON.stringify(value)
  return isInUse ? text.replace(markedDigits, '$1') : text
}
