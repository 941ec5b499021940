import type { ResponsePath } from '../../planning/planner'
import { isObject, compilePropertyReader, type JsonObject } from '../../../platform/json'

/** A place in the answer. */
export type ResultPath = readonly (string | number)[]

/** Finds the objects that a plan's path leads to, in order. One object that stands in several places is found as often. */
export type CollectObjects = (root: unknown, into: JsonObject[]) => void

type Visit = (value: unknown, into: JsonObject[]) => void

/** The path's elements are response keys and `@`, which is every item of a list. Lists are gone through anyway. */
export function compileObjectCollector(path: ResponsePath): CollectObjects {
  const keys = path.flatMap((element) =>
    typeof element === 'string' && element !== '@' && !element.startsWith('... on ') ? [element] : [],
  )
  return keys.reduceRight<Visit>((next, key) => throughLists(atKey(key, next)), throughLists(collectObject))
}

function collectObject(object: JsonObject, into: JsonObject[]): void {
  into.push(object)
}

function atKey(key: string, next: Visit): (object: JsonObject, into: JsonObject[]) => void {
  const read = compilePropertyReader(key)
  return (object, into) => next(read(object), into)
}

function throughLists(next: (object: JsonObject, into: JsonObject[]) => void): Visit {
  const visit: Visit = (value, into) => {
    if (Array.isArray(value)) for (const item of value) visit(item, into)
    else if (isObject(value)) next(value, into)
  }
  return visit
}

/** An object of the answer at one of its places. */
export interface LocatedObject {
  object: JsonObject
  path: ResultPath
  /** The objects around it, from the root down: one for each key of the path. */
  ancestors: readonly JsonObject[]
}

/** The same objects with all places where they stand now. */
export function locateObjects(root: unknown, path: ResponsePath): LocatedObject[] {
  const keys = path.filter((element) => typeof element === 'string' && element !== '@')
  const found: LocatedObject[] = []
  function visit(value: unknown, above: readonly JsonObject[], place: ResultPath): void {
    if (Array.isArray(value)) value.forEach((item, index) => visit(item, above, [...place, index]))
    else if (isObject(value)) {
      const key = keys[above.length]
      if (key === undefined) found.push({ object: value, path: place, ancestors: above })
      else visit(Object.hasOwn(value, key) ? value[key] : undefined, [...above, value], [...place, key])
    }
  }
  visit(root, [], [])
  return found
}
