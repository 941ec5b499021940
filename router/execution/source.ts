import { getOperationAST, Kind, parse, type SelectionNode } from 'graphql'

import type { FetchNode, ResponsePath } from '../planning/planner'
import { keyTreeOf, type KeyTree } from './keyTree'
import type { Path } from './paths'
import type { Source } from './problems'
import { renamedKey } from './rewrites'

/** Which places of the answer a fetch fills. Only looked at when something has gone wrong, and made then. */
export function createSource(fetch: FetchNode, path: ResponsePath): Source {
  const prefix = path.filter((element) => typeof element === 'string').filter((element) => element !== '@')
  let made: KeyTree | undefined

  function tree(): KeyTree {
    if (made) return made
    const whole = keyTreeOf(parse(fetch.operation, { noLocation: true }))
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
    get place() {
      const list = path.indexOf('@')
      const [first] = prefix.length === 0 ? tree().keys() : []
      return first === undefined ? path.slice(0, list === -1 ? undefined : list) : [first]
    },
  }
}

function hasKeys(
  fetch: FetchNode,
  tree: KeyTree,
  [key, ...rest]: readonly string[],
  above: readonly string[],
): boolean {
  if (key === undefined) return true
  for (const [own, below] of tree) {
    if (renamedKey(fetch.outputRewrites ?? [], above, own) === key)
      return hasKeys(fetch, below, rest, [...above, own])
  }
  return false
}

/** A path in a subgraph's answer, in the keys of clients. */
export function clientPath(fetch: FetchNode, path: Path): Path {
  const above: string[] = []
  return path.map((element) => {
    if (typeof element === 'number') return element
    const key = renamedKey(fetch.outputRewrites ?? [], above, element)
    above.push(element)
    return key
  })
}

/** Whether a fetch brings nothing but the name of a type. */
export function asksForTypenameAlone({ operation }: FetchNode): boolean {
  const isTypename = (each: SelectionNode): boolean => {
    if (each.kind === Kind.FIELD) return each.name.value === '__typename'
    return each.kind === Kind.INLINE_FRAGMENT && each.selectionSet.selections.every(isTypename)
  }
  const asked = getOperationAST(parse(operation, { noLocation: true }))
  return asked?.selectionSet.selections.every(isTypename) ?? false
}
