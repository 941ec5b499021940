import type { FetchDataRewrite } from '../../planning/planner'
import { isObject, setOwnProperty, type JsonObject } from '../../../platform/json'
import type { SupergraphModel } from '../../supergraph/supergraphModel'

const fragment = '... on '

/**
 * Changes what a subgraph answered, or what it is to be sent, in place: sets values, renames keys. The path of a rewrite
 * is made of keys and of `... on Type`; an object whose type is not known satisfies each of these.
 */
export function applyRewrites(
  rewrites: readonly FetchDataRewrite[],
  value: unknown,
  supergraph: SupergraphModel,
): void {
  for (const rewrite of rewrites) applyAt(rewrite, 0, value, supergraph)
}

function applyAt(
  rewrite: FetchDataRewrite,
  depth: number,
  value: unknown,
  supergraph: SupergraphModel,
): void {
  if (Array.isArray(value)) {
    for (const item of value) applyAt(rewrite, depth, item, supergraph)
    return
  }
  const element = rewrite.path[depth]
  if (element === undefined || !isObject(value)) return
  if (element.startsWith(fragment)) {
    const typeName = value['__typename']
    const condition = element.slice(fragment.length)
    if (typeof typeName !== 'string' || supergraph.satisfiesTypeCondition(typeName, condition))
      applyAt(rewrite, depth + 1, value, supergraph)
  } else if (depth < rewrite.path.length - 1) {
    if (Object.hasOwn(value, element)) applyAt(rewrite, depth + 1, value[element], supergraph)
  } else applyToKey(rewrite, value, element)
}

function applyToKey(rewrite: FetchDataRewrite, object: JsonObject, key: string): void {
  if (rewrite.kind === 'ValueSetter') setOwnProperty(object, key, rewrite.setValueTo)
  else if (Object.hasOwn(object, key) && object[key] !== undefined) {
    setOwnProperty(object, rewrite.renameKeyTo, object[key])
    delete object[key]
  }
}

/** The key under which clients know what a subgraph calls `key`, at a path of keys in its answer. */
export function applyKeyRename(
  rewrites: readonly FetchDataRewrite[],
  keys: readonly string[],
  key: string,
): string {
  for (const rewrite of rewrites) {
    if (rewrite.kind !== 'KeyRenamer') continue
    const path = rewrite.path.filter((element) => !element.startsWith(fragment))
    if (path.length === keys.length + 1 && path.every((element, index) => element === (keys[index] ?? key)))
      return rewrite.renameKeyTo
  }
  return key
}
