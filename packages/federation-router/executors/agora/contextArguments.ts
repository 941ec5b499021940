import type { FetchDataKeyRenamer } from '../../planning/planner'
import { isObject, writeJson, type JsonObject } from '../../../platform/json'
import { locateObjects } from './resultPaths'
import type { ResponsePath } from '../../planning/planner'
import type { SupergraphModel } from '../../supergraph/supergraphModel'

/** Entities for which a fetch has the same variables. */
export interface ContextArguments {
  /** The inside of a JSON object: `"contextualArgument_1_0":"EUR"`. */
  variables: string
  targets: JsonObject[]
}

/**
 * Arguments that a subgraph takes from what stands around an entity (@fromContext): a rewrite's path goes up with `..`,
 * one step for each key, and then down. Entities whose surroundings differ are fetched apart.
 */
export function compileContextArguments(
  rewrites: readonly FetchDataKeyRenamer[],
  path: ResponsePath,
  supergraph: SupergraphModel,
): (root: JsonObject) => readonly ContextArguments[] {
  const names = [...new Set(rewrites.map(({ renameKeyTo }) => renameKeyTo))]
  return (root) => {
    const found = new Map<string, ContextArguments>()
    for (const { object, ancestors } of locateObjects(root, path)) {
      const levels = [...ancestors, object]
      const values = names.map((name) => {
        const value = rewrites
          .filter(({ renameKeyTo }) => renameKeyTo === name)
          .map((rewrite) => valueAround(rewrite.path, levels, supergraph))
          .find((each) => each !== undefined)
        return `${JSON.stringify(name)}:${writeJson(value)}`
      })
      const variables = values.join()
      const same = found.get(variables)
      if (same) same.targets.push(object)
      else found.set(variables, { variables, targets: [object] })
    }
    return [...found.values()]
  }
}

function valueAround(
  path: readonly string[],
  levels: readonly JsonObject[],
  supergraph: SupergraphModel,
): unknown {
  const down = path.filter((element) => element !== '..')
  let value: unknown = levels.at(down.length - path.length - 1)
  for (const element of down) {
    if (!isObject(value)) return value === null ? null : undefined
    if (!element.startsWith('... on ')) value = Object.hasOwn(value, element) ? value[element] : undefined
    else {
      const typeName = value['__typename']
      if (typeof typeName === 'string' && !supergraph.satisfiesTypeCondition(typeName, element.slice(7)))
        return undefined
    }
  }
  return value
}
