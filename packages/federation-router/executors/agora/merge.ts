import { isObject, setOwnProperty, type JsonObject } from '../../../platform'

/**
 * Merges the fields of an object from a response into the known ones, in place. Parts of `source` become parts of `target`. A
 * null does not replace a value of another subgraph; a list replaces a list of another length.
 */
export function mergeInto(target: JsonObject, source: JsonObject): void {
  if (target === source) return
  for (const key in source) {
    const value = source[key]
    // The names of Object.prototype, such as __proto__, are never undefined here.
    if (target[key] === undefined) target[key] = value
    else if (target[key] !== value) mergeKey(target, key, value)
  }
}

function mergeKey(target: JsonObject, key: string, value: unknown): void {
  if (!Object.hasOwn(target, key)) setOwnProperty(target, key, value)
  else if (value !== null && value !== undefined) setOwnProperty(target, key, mergeValues(target[key], value))
}

function mergeValues(target: unknown, value: unknown): unknown {
  if (isObject(target) && isObject(value)) {
    mergeInto(target, value)
    return target
  }
  if (!Array.isArray(target) || !Array.isArray(value) || target.length !== value.length) return value
  for (let index = 0; index < target.length; index++) {
    const item: unknown = value[index]
    if (item !== null && target[index] !== item) target[index] = mergeValues(target[index], item)
  }
  return target
}
