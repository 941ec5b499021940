import { isObject, setOwnProperty, type JsonObject } from '../../../platform'
import type { FetchDataRewrite } from '../../planning/apolloPlanner'
import type { SupergraphModel } from '../../supergraph/supergraphModel'

const conditionPrefix = '... on '

/** Returns the type of a path element `... on Type`; undefined for a key. */
export function readTypeCondition(element: string): string | undefined {
  return element.startsWith(conditionPrefix) ? element.slice(conditionPrefix.length) : undefined
}

/**
 * Applies the rewrites of a fetch to a response or a representation, in place: sets values and renames keys. The path of a
 * rewrite consists of keys and of `... on Type`; objects of unknown type satisfy every condition.
 */
export function applyRewrites(
  rewrites: readonly FetchDataRewrite[],
  value: unknown,
  supergraph: SupergraphModel,
): void {
  for (const rewrite of rewrites) applyRewrite(rewrite, 0, value, supergraph)
}

function applyRewrite(
  rewrite: FetchDataRewrite,
  depth: number,
  value: unknown,
  supergraph: SupergraphModel,
): void {
  if (Array.isArray(value)) {
    for (const item of value) applyRewrite(rewrite, depth, item, supergraph)
    return
  }
  const element = rewrite.path[depth]
  if (element === undefined || !isObject(value)) return
  const condition = readTypeCondition(element)
  if (condition !== undefined) {
    const typeName = value['__typename']
    if (typeof typeName !== 'string' || supergraph.satisfiesTypeCondition(typeName, condition))
      applyRewrite(rewrite, depth + 1, value, supergraph)
  } else if (depth < rewrite.path.length - 1) {
    if (Object.hasOwn(value, element)) applyRewrite(rewrite, depth + 1, value[element], supergraph)
  } else applyToKey(rewrite, value, element)
}

function applyToKey(rewrite: FetchDataRewrite, object: JsonObject, key: string): void {
  if (rewrite.kind === 'ValueSetter') setOwnProperty(object, key, rewrite.setValueTo)
  else if (Object.hasOwn(object, key) && object[key] !== undefined) {
    setOwnProperty(object, rewrite.renameKeyTo, object[key])
    delete object[key]
  }
}

/** Returns the planned key of a subgraph's `key`, which is below a path of keys in its response. */
export function applyKeyRename(
  rewrites: readonly FetchDataRewrite[],
  keys: readonly string[],
  key: string,
): string {
  for (const rewrite of rewrites) {
    if (rewrite.kind !== 'KeyRenamer') continue
    const path = rewrite.path.filter((element) => readTypeCondition(element) === undefined)
    if (path.length === keys.length + 1 && path.every((element, index) => element === (keys[index] ?? key)))
      return rewrite.renameKeyTo
  }
  return key
}
