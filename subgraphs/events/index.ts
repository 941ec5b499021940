import '../../packages/platform/sourceMaps'

import { readConfig } from '../../packages/platform/config/environment'
import { runProcess } from '../../packages/platform/lifecycle'
import { createPeerClient } from '../../packages/subgraph-kit/peerClient'
import { openSubgraphResources, toServeOptions } from '../../packages/subgraph-kit/server/resources'
import { serveSubgraph } from '../../packages/subgraph-kit/server/serveSubgraph'
import { configShape } from './config'
import { createEventsSubgraph } from './subgraph'

runProcess(async (onClose) => {
  const config = readConfig(configShape)
  const resources = await openSubgraphResources('events', config, onClose)
  const { peers: metrics } = resources.telemetry
  const users = createPeerClient({ name: 'users', url: config.USERS_URL, metrics })
  onClose(() => users.close())
  const subgraph = createEventsSubgraph({ ...resources, users })
  const server = await serveSubgraph(subgraph, toServeOptions(config, resources))
  onClose(() => server.close(), config.DRAIN_MS)
})
