import { isObject, type JsonObject } from '../../../platform'

// Deferred fragments may select fields of an object that others have selected as well. Each is completed by itself, so that the object can
// be null in one and not in the other.

/** Returns whether a part is null where delivered data has an object: the client must not lose it. */
export function wouldLoseObject(delivered: unknown, part: unknown): boolean {
  if (part === null) return typeof delivered === 'object' && delivered !== null
  if (Array.isArray(delivered) && Array.isArray(part))
    return part.some((item, index) => wouldLoseObject(delivered[index], item))
  if (!isObject(delivered) || !isObject(part)) return false
  return Object.keys(part).some((key) => wouldLoseObject(delivered[key], part[key]))
}

/** Merges a part into delivered data. Where that is null, the part becomes null, too. */
export function addPart(delivered: JsonObject, part: JsonObject): void {
  for (const key of Object.keys(part)) {
    if (delivered[key] === undefined) delivered[key] = part[key]
    else part[key] = mergeValue(delivered[key], part[key])
  }
}

/** Returns the value of the part. */
function mergeValue(delivered: unknown, value: unknown): unknown {
  if (delivered === null && typeof value === 'object') return null
  if (Array.isArray(delivered) && Array.isArray(value))
    return value.map((item, index) => mergeValue(delivered[index], item))
  if (isObject(delivered) && isObject(value)) addPart(delivered, value)
  return value
}
