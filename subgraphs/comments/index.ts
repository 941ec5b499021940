import '../../packages/platform/sourceMaps'

import { readConfig, runProcess } from '../../packages/platform'
import { createPeerClient } from '../../packages/subgraph-kit/peers'
import { openSubgraphResources, serveSubgraph, toServeOptions } from '../../packages/subgraph-kit'
import { configShape } from './config'
import { createCommentsSubgraph } from './subgraph'

runProcess(async (onClose) => {
  const config = readConfig(configShape)
  const resources = await openSubgraphResources('comments', config, onClose)
  const { peers: metrics } = resources.telemetry
  const posts = createPeerClient({ name: 'posts', url: config.POSTS_URL, metrics })
  onClose(() => posts.close())
  const users = createPeerClient({ name: 'users', url: config.USERS_URL, metrics })
  onClose(() => users.close())
  const subgraph = createCommentsSubgraph({ ...resources, posts, users })
  const server = await serveSubgraph(subgraph, toServeOptions(config, resources))
  onClose(() => server.close(), config.DRAIN_MS)
})
