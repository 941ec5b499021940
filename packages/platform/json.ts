import { LongInteger, stringifyJson } from './longIntegers'

/** A JSON object, parsed. */
export type JsonObject = Record<string, unknown>

export function isObject(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof LongInteger)
  )
}

// Includes lone surrogates, which JSON.stringify escapes.
const mustEscape = /[\u0000-\u001f"\\\ud800-\udfff]/

/** Writes a string as JSON. Most need no escaping, and checking a short one is faster than JSON.stringify. */
export function quoteJson(text: string): string {
  const { length } = text
  if (length > 500) return JSON.stringify(text)
  if (length > 48) return mustEscape.test(text) ? JSON.stringify(text) : `"${text}"`
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code < 32 || code === 34 || code === 92 || (code >= 0xd800 && code <= 0xdfff))
      return JSON.stringify(text)
  }
  return `"${text}"`
}

/** Writes a value that was parsed from JSON. */
export function writeJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoteJson(value)
    case 'number':
    case 'boolean':
      return String(value)
    default:
      return value == null ? 'null' : stringifyJson(value)
  }
}

/**
 * Compiles the reading of a key. Most keys are no names of Object.prototype and are read directly; `__proto__` and the like
 * may be aliases, too, and must be properties of the object itself.
 */
export function compilePropertyReader(key: string): (object: JsonObject) => unknown {
  if (key in Object.prototype) return (object) => (Object.hasOwn(object, key) ? object[key] : undefined)
  return (object) => object[key]
}

/** Sets a property of the object itself, even for the key `__proto__`. */
export function setOwnProperty(object: JsonObject, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  else object[key] = value
}
