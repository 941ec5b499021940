import { getOperationAST, Kind, parse, type SelectionNode } from 'graphql'

import type { FetchNode, ResponsePath } from '../../planning/planner'
import { buildResponseKeyTree, type ResponseKeyTree } from './responseKeyTree'
import type { ResultPath } from './resultPaths'
import type { FetchCoverage } from './errorCollector'
import { applyKeyRename } from './rewrites'

/** Which places of the answer a fetch fills. Only looked at when something has gone wrong, and made then. */
export function createFetchCoverage(fetch: FetchNode, path: ResponsePath): FetchCoverage {
  const prefix = path.filter((element) => typeof element === 'string').filter((element) => element !== '@')
  let made: ResponseKeyTree | undefined

  function tree(): ResponseKeyTree {
    if (made) return made
    const whole = buildResponseKeyTree(parse(fetch.operation, { noLocation: true }))
    made = (fetch.requires ? whole.get('_entities') : whole) ?? new Map()
    return made
  }

  return {
    prefix,
    covers(place) {
      const keys = place.filter((element) => typeof element === 'string')
      if (keys.length <= prefix.length || prefix.some((key, index) => key !== keys[index])) return false
      return hasKeys(fetch, tree(), keys.slice(prefix.length), [])
    },
    get fallbackPath() {
      const list = path.indexOf('@')
      const [first] = prefix.length === 0 ? tree().keys() : []
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

/** A path in a subgraph's answer, in the keys of clients. */
export function toClientPath(fetch: FetchNode, path: ResultPath): ResultPath {
  const above: string[] = []
  return path.map((element) => {
    if (typeof element === 'number') return element
    const key = applyKeyRename(fetch.outputRewrites ?? [], above, element)
    above.push(element)
    return key
  })
}

/** Whether a fetch brings nothing but the name of a type. */
export function selectsOnlyTypename({ operation }: FetchNode): boolean {
  const isTypename = (each: SelectionNode): boolean => {
    if (each.kind === Kind.FIELD) return each.name.value === '__typename'
    return each.kind === Kind.INLINE_FRAGMENT && each.selectionSet.selections.every(isTypename)
  }
  const asked = getOperationAST(parse(operation, { noLocation: true }))
  return asked?.selectionSet.selections.every(isTypename) ?? false
}
