import { compilePropertyReader, isObject, type JsonObject } from '../../../platform'
import type { ResponsePath } from '../../planning/apolloPlanner'

/** A path in the response, with list indexes. */
export type ResultPath = readonly (string | number)[]

type Visit = (value: unknown, into: JsonObject[]) => void

/**
 * Compiles the collection of the objects at a plan's path, in order. An object that is at several paths is collected as often.
 * The elements of the path are response keys and `@`, which means every item of a list; lists are traversed in any case.
 */
export function compileObjectCollector(path: ResponsePath): (root: unknown) => JsonObject[] {
  const keys = path.flatMap((element) =>
    typeof element === 'string' && element !== '@' && !element.startsWith('... on ') ? [element] : [],
  )
  const visit = keys.reduceRight<Visit>(
    (next, key) => throughLists(atKey(key, next)),
    throughLists(collectObject),
  )
  return (root) => {
    const objects: JsonObject[] = []
    visit(root, objects)
    return objects
  }
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

/** An object at one of its paths. */
interface LocatedObject {
  object: JsonObject
  path: ResultPath
  /** The enclosing objects from the root down, one for each key of the path. */
  ancestors: readonly JsonObject[]
}

/** Returns the objects at a plan's path with all of their current paths. */
export function locateObjects(root: unknown, path: ResponsePath): LocatedObject[] {
  const keys = path.filter((element) => typeof element === 'string' && element !== '@')
  const found: LocatedObject[] = []
  function visit(value: unknown, ancestors: readonly JsonObject[], resultPath: ResultPath): void {
    if (Array.isArray(value)) value.forEach((item, index) => visit(item, ancestors, [...resultPath, index]))
    else if (isObject(value)) {
      const key = keys[ancestors.length]
      if (key === undefined) found.push({ object: value, path: resultPath, ancestors })
      else
        visit(Object.hasOwn(value, key) ? value[key] : undefined, [...ancestors, value], [...resultPath, key])
    }
  }
  visit(root, [], [])
  return found
}
