import '../../packages/platform/sourceMaps'

import { readConfig, runProcess } from '../../packages/platform'
import { createPeerClient } from '../../packages/subgraph-kit/peers'
import { openSubgraphResources, serveSubgraph, toServeOptions } from '../../packages/subgraph-kit'
import { configShape } from './config'
import { createEventsSubgraph } from './subgraph'

runProcess(async (onClose) => {
  const config = readConfig(configShape)
  const resources = await openSubgraphResources('events', config, onClose)
  const { peers: metrics } = resources.telemetry
  const users = createPeerClient({ name: 'users', url: config.USERS_URL, metrics })
  onClose(() => users.close())
  const checkInOpensBeforeMs = config.CHECK_IN_OPENS_BEFORE * 60 * 60 * 1000
  const subgraph = createEventsSubgraph({ ...resources, users, checkInOpensBeforeMs })
  const server = await serveSubgraph(subgraph, toServeOptions(config, resources))
  onClose(() => server.close(), config.DRAIN_MS)
})
