import { invalidationPath } from '../../../packages/subgraph-kit/cache/invalidationStream'
import { subgraphs as subgraphList, type SubgraphName } from '../../../schema/subgraphs'
import { startBreakableProxy, type BreakableProxy } from '../breakableProxy'
import { startSupergraph } from '../supergraph'
import type { ExactnessSystem } from './system'

/** Starts proxies before the subgraphs, whose connections can be cut. */
export async function startProxies(
  readUrl: (name: SubgraphName) => string,
): Promise<Record<SubgraphName, BreakableProxy>> {
  const [users, events, posts, comments] = await Promise.all([
    startBreakableProxy(readUrl('users')),
    startBreakableProxy(readUrl('events')),
    startBreakableProxy(readUrl('posts')),
    startBreakableProxy(readUrl('comments')),
  ])
  return { users, events, posts, comments }
}

/** Returns whether every open stream of invalidations has delivered everything up to a position. */
export const hasInvalidations = (proxy: BreakableProxy, position: string): boolean =>
  proxy.readResponses(invalidationPath).every((stream) => stream.includes(`id: ${position}\n`))

/** Starts the whole system in this process. */
export async function startInProcess(): Promise<ExactnessSystem> {
  const agora = await startSupergraph()
  const proxies = await startProxies((name) => agora.subgraphs[name].url)
  const urls = Object.fromEntries(subgraphList.map(({ name }) => [name, `${proxies[name].url}/graphql`]))
  const startCachedRouter = () => agora.startRouter({}, urls)
  let cachedUrl = await startCachedRouter()
  return {
    uncachedUrl: await agora.startRouter({ CACHE: 'off' }),
    readCachedUrls: () => [cachedUrl, agora.url],
    subgraphs: agora.subgraphs,
    async restartRouter() {
      cachedUrl = await startCachedRouter()
    },
    dropConnections: (name) => proxies[name].dropConnections(),
    hasInvalidations: (name, position) => hasInvalidations(proxies[name], position),
    async close() {
      await agora.close()
      await Promise.all(Object.values(proxies).map((proxy) => proxy.close()))
    },
  }
}
