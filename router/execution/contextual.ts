import type { FetchDataKeyRenamer } from '../planning/planner'
import { isObject, toJson, type JsonObject } from './json'
import { locate } from './paths'
import type { ResponsePath } from '../planning/planner'
import type { Supergraph } from './supergraph'

/** Entities for which a fetch has the same variables. */
export interface Surroundings {
  /** The inside of a JSON object: `"contextualArgument_1_0":"EUR"`. */
  variables: string
  targets: JsonObject[]
}

/**
 * Arguments that a subgraph takes from what stands around an entity (@fromContext): a rewrite's path goes up with `..`,
 * one step for each key, and then down. Entities whose surroundings differ are fetched apart.
 */
export function compileSurroundings(
  rewrites: readonly FetchDataKeyRenamer[],
  path: ResponsePath,
  supergraph: Supergraph,
): (root: JsonObject) => readonly Surroundings[] {
  const names = [...new Set(rewrites.map(({ renameKeyTo }) => renameKeyTo))]
  return (root) => {
    const found = new Map<string, Surroundings>()
    for (const { object, above } of locate(root, path)) {
      const levels = [...above, object]
      const values = names.map((name) => {
        const value = rewrites
          .filter(({ renameKeyTo }) => renameKeyTo === name)
          .map((rewrite) => valueAround(rewrite.path, levels, supergraph))
          .find((each) => each !== undefined)
        return `${JSON.stringify(name)}:${toJson(value)}`
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
  supergraph: Supergraph,
): unknown {
  const down = path.filter((element) => element !== '..')
  let value: unknown = levels.at(down.length - path.length - 1)
  for (const element of down) {
    if (!isObject(value)) return value === null ? null : undefined
    if (!element.startsWith('... on ')) value = Object.hasOwn(value, element) ? value[element] : undefined
    else {
      const typeName = value['__typename']
      if (typeof typeName === 'string' && !supergraph.satisfies(typeName, element.slice(7))) return undefined
    }
  }
  return value
}
