import '../../packages/platform/sourceMaps'

import { readConfig, runProcess } from '../../packages/platform'
import { createPeerClient } from '../../packages/subgraph-kit/peers'
import { openSubgraphResources, serveSubgraph, toServeOptions } from '../../packages/subgraph-kit'
import { configShape } from './config'
import { createPostsSubgraph } from './subgraph'

runProcess(async (onClose) => {
  const config = readConfig(configShape)
  const resources = await openSubgraphResources('posts', config, onClose)
  const { peers: metrics } = resources.telemetry
  const events = createPeerClient({ name: 'events', url: config.EVENTS_URL, metrics })
  onClose(() => events.close())
  const comments = createPeerClient({ name: 'comments', url: config.COMMENTS_URL, metrics })
  onClose(() => comments.close())
  const users = createPeerClient({ name: 'users', url: config.USERS_URL, metrics })
  onClose(() => users.close())
  const subgraph = createPostsSubgraph({ ...resources, events, comments, users })
  const server = await serveSubgraph(subgraph, toServeOptions(config, resources))
  onClose(() => server.close(), config.DRAIN_MS)
})
