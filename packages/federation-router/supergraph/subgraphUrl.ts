import { subgraphUrlVariable } from '../../platform/config/subgraphs'
import { StartupError } from '../../platform/lifecycle'

/**
 * Where a subgraph is.
 *
 * @param url what the supergraph says
 * @param urls addresses that differ from it, by the name of their variable
 * @throws StartError where neither is an address
 */
export function resolveSubgraphUrl(
  name: string,
  url: string | undefined,
  urls: ReadonlyMap<string, string>,
): string {
  const variable = subgraphUrlVariable(name)
  const given = urls.get(variable)
  const address = given ?? url ?? ''
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) return address
  throw new StartupError(
    given === undefined
      ? `The subgraph "${name}" has no address in the supergraph file. Set ${variable}.`
      : `The configuration is wrong:\n  ${variable}: must be an http or https address`,
  )
}
