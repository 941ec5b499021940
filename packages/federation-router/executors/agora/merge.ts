import { isObject, setOwnProperty, type JsonObject } from '../../../platform/json'

/**
 * Merges what a subgraph said of an object into what is known of it, in place. Parts of `source` become parts of
 * `target`. A null takes nothing away that another subgraph gave; lists of different length replace each other.
 */
export function mergeInto(target: JsonObject, source: JsonObject): void {
  if (target === source) return
  for (const key in source) {
    const given = source[key]
    // Of Object.prototype's own names, __proto__ among them, none is undefined here.
    if (target[key] === undefined) target[key] = given
    else if (target[key] !== given) mergeKey(target, key, given)
  }
}

function mergeKey(target: JsonObject, key: string, given: unknown): void {
  if (!Object.hasOwn(target, key)) setOwnProperty(target, key, given)
  else if (given !== null && given !== undefined) setOwnProperty(target, key, merged(target[key], given))
}

function merged(known: unknown, given: unknown): unknown {
  if (isObject(known) && isObject(given)) {
    mergeInto(known, given)
    return known
  }
  if (!Array.isArray(known) || !Array.isArray(given) || known.length !== given.length) return given
  for (let index = 0; index < known.length; index++) {
    const item: unknown = given[index]
    if (item !== null && known[index] !== item) known[index] = merged(known[index], item)
  }
  return known
}
