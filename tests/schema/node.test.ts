import { Kind, parse } from 'graphql'

import { readSubgraphSchemas } from '../../schema/composition'
import { nodeOwners, nodeSubgraph } from '../../schema/node'

/** Returns the subgraphs in which each type implements Node. */
function findImplementations(): [type: string, subgraph: string][] {
  return readSubgraphSchemas().flatMap(({ name, sdl }) =>
    parse(sdl).definitions.flatMap((definition): [string, string][] =>
      definition.kind === Kind.OBJECT_TYPE_DEFINITION &&
      definition.interfaces?.some((each) => each.name.value === 'Node')
        ? [[definition.name.value, name]]
        : [],
    ),
  )
}

it('lists the owner of each type that implements Node, and each type in the subgraph of `node`', () => {
  const implementations = findImplementations()
  const inNode = implementations.filter(([, subgraph]) => subgraph === nodeSubgraph.name)
  const owners = implementations.filter(([, subgraph]) => subgraph !== nodeSubgraph.name)
  expect(Object.fromEntries(owners)).toEqual(nodeOwners)
  expect(owners).toHaveLength(Object.keys(nodeOwners).length)
  expect(inNode.map(([type]) => type).sort()).toEqual(Object.keys(nodeOwners).sort())
})
