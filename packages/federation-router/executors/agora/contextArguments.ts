import { isObject, writeJson, type JsonObject } from '../../../platform'
import type { FetchDataKeyRenamer, ResponsePath } from '../../planning/apolloPlanner'
import type { SupergraphModel } from '../../supergraph/supergraphModel'
import { locateObjects } from './resultPaths'
import { readTypeCondition } from './rewrites'

/** Entities that are fetched with the same context arguments. */
interface ContextArguments {
  /** The arguments as members of a JSON object: `"contextualArgument_1_0":"EUR"`. */
  variables: string
  objects: JsonObject[]
}

/**
 * Compiles the arguments that a subgraph takes from the objects that enclose an entity (@fromContext). The path of a rewrite
 * goes up with `..`, one step for each key, and then down. Entities with different arguments are fetched separately.
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
          .map((rewrite) => readContextValue(rewrite.path, levels, supergraph))
          .find((each) => each !== undefined)
        return `${JSON.stringify(name)}:${writeJson(value)}`
      })
      const variables = values.join()
      const same = found.get(variables)
      if (same) same.objects.push(object)
      else found.set(variables, { variables, objects: [object] })
    }
    return [...found.values()]
  }
}

function readContextValue(
  path: readonly string[],
  levels: readonly JsonObject[],
  supergraph: SupergraphModel,
): unknown {
  const down = path.filter((element) => element !== '..')
  let value: unknown = levels.at(down.length - path.length - 1)
  for (const element of down) {
    if (!isObject(value)) return value === null ? null : undefined
    const condition = readTypeCondition(element)
    if (condition === undefined) value = Object.hasOwn(value, element) ? value[element] : undefined
    else {
      const typeName = value['__typename']
      if (typeof typeName === 'string' && !supergraph.satisfiesTypeCondition(typeName, condition))
        return undefined
    }
  }
  return value
}
