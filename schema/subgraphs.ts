/**
 * The only list of subgraphs. The default port of a subgraph is the router's port plus `portOffset`; its
 * address in the supergraph file is `http://127.0.0.1:<4000 + portOffset>/graphql`.
 */
export const subgraphs = [
  { name: 'users', portOffset: 1 },
  { name: 'events', portOffset: 2 },
  { name: 'posts', portOffset: 3 },
  { name: 'comments', portOffset: 4 },
] as const

export type SubgraphName = (typeof subgraphs)[number]['name']

/** The router's port when PORT is not set. */
export const defaultRouterPort = 4000

/** Returns the address of a subgraph on this machine when the router listens on `routerPort`. */
export function localSubgraphUrl(name: SubgraphName, routerPort: number = defaultRouterPort): string {
  const subgraph = subgraphs.find((each) => each.name === name)
  if (!subgraph) throw new Error(`There is no subgraph named ${name}`)
  return `http://127.0.0.1:${routerPort + subgraph.portOffset}/graphql`
}
