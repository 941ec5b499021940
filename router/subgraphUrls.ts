import { StartupError, subgraphUrlVariable } from '../packages/platform'

/**
 * Creates the function that returns the URL of a subgraph.
 *
 * @param urls the URLs that differ from the supergraph's, by the name of their variable (`POSTS_URL`)
 */
export function createSubgraphUrlResolver(
  urls: ReadonlyMap<string, string>,
): (name: string, url: string | undefined) => string {
  return (name, url) => {
    const variable = subgraphUrlVariable(name)
    const configured = urls.get(variable)
    const resolved = configured ?? url ?? ''
    if (URL.canParse(resolved) && /^https?:$/.test(new URL(resolved).protocol)) return resolved
    throw new StartupError(
      configured === undefined
        ? `The subgraph "${name}" has no URL in the supergraph file. Set ${variable}.`
        : `The configuration is wrong:\n  ${variable}: must be an http or https address`,
    )
  }
}
