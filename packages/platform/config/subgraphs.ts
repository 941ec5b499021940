/**
 * The only list of subgraphs. A subgraph's default port is the router's port plus its `portOffset`; in the
 * supergraph file its address is `http://127.0.0.1:<4000 + portOffset>/graphql`.
 */
export const subgraphs = [
  { name: 'users', portOffset: 1 },
  { name: 'events', portOffset: 2 },
  { name: 'posts', portOffset: 3 },
  { name: 'comments', portOffset: 4 },
] as const

export type SubgraphName = (typeof subgraphs)[number]['name']

/** The router's port where PORT does not say otherwise. */
export const defaultRouterPort = 4000

/** Where a subgraph answers on this machine when the router listens on `routerPort`. */
export function localSubgraphUrl(name: SubgraphName, routerPort: number = defaultRouterPort): string {
  const subgraph = subgraphs.find((each) => each.name === name)
  if (!subgraph) throw new Error(`There is no subgraph named ${name}`)
  return `http://127.0.0.1:${routerPort + subgraph.portOffset}/graphql`
}

/** The environment variable that overrides a subgraph's address: upper case, other characters become `_`. */
export function subgraphUrlVariable(name: string): string {
  return `${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_URL`
}
