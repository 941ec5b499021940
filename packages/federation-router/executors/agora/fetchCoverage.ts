import { parseFetchSelection } from '../../planning/fetchSelection'
import type { FetchNode, ResponsePath } from '../../planning/apolloPlanner'
import { forEachField } from '../../planning/selections'
import type { FetchCoverage } from './errorCollector'
import { collectKeyTree, type ResponseKeyTree } from './responseKeyTree'
import type { ResultPath } from './resultPaths'
import { applyKeyRename } from './rewrites'

/** Returns which part of the response a fetch provides. Computed when an error needs it. */
export function createFetchCoverage(fetch: FetchNode, path: ResponsePath): FetchCoverage {
  const prefix = path.filter((element) => typeof element === 'string').filter((element) => element !== '@')
  let tree: ResponseKeyTree | undefined

  function keyTree(): ResponseKeyTree {
    if (tree) return tree
    const selection = parseFetchSelection(fetch)
    return (tree = selection ? collectKeyTree([selection.set], selection.fragments) : new Map())
  }

  return {
    prefix,
    covers(resultPath) {
      const keys = resultPath.filter((element) => typeof element === 'string')
      if (keys.length <= prefix.length || prefix.some((key, index) => key !== keys[index])) return false
      return hasKeys(fetch, keyTree(), keys.slice(prefix.length), [])
    },
    get fallbackPath() {
      const list = path.indexOf('@')
      const [first] = prefix.length === 0 ? keyTree().keys() : []
      return first === undefined ? path.slice(0, list === -1 ? undefined : list) : [first]
    },
  }
}

function hasKeys(
  fetch: FetchNode,
  tree: ResponseKeyTree,
  [key, ...rest]: readonly string[],
  above: readonly string[],
): boolean {
  if (key === undefined) return true
  for (const [own, below] of tree) {
    if (applyKeyRename(fetch.outputRewrites ?? [], above, own) === key)
      return hasKeys(fetch, below, rest, [...above, own])
  }
  return false
}

/** Translates a path in a subgraph's response into the keys of the plan. */
export function toPlannedPath(fetch: FetchNode, path: ResultPath): ResultPath {
  const above: string[] = []
  return path.map((element) => {
    if (typeof element === 'number') return element
    const key = applyKeyRename(fetch.outputRewrites ?? [], above, element)
    above.push(element)
    return key
  })
}

/** Returns whether a fetch selects nothing but `__typename`. */
export function selectsOnlyTypename(fetch: FetchNode): boolean {
  const selection = parseFetchSelection(fetch)
  if (!selection) return false
  let isOnly = true
  forEachField(selection.set, selection.fragments, ({ name }) => {
    isOnly &&= name.value === '__typename'
  })
  return isOnly
}
