import { isObject, setOwn, type JsonObject } from './json'

/**
 * Merges what a subgraph said of an object into what is known of it, in place. Parts of `source` become parts of
 * `target`. A null takes nothing away that another subgraph gave; lists of different length replace each other.
 */
export function mergeInto(target: JsonObject, source: JsonObject): void {
  if (target === source) return
  for (const key in source) {
    const given = source[key]
    if (given === undefined) continue
    const known = Object.hasOwn(target, key) ? target[key] : undefined
    if (known === undefined || known === given) {
      if (known === undefined) setOwn(target, key, given)
    } else if (given !== null) setOwn(target, key, merged(known, given))
  }
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
