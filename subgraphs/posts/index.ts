import { openDatabase } from '../shared/database'
import { readConfig } from '../shared/env'
import { runPart } from '../shared/lifecycle'
import { createLog } from '../shared/log'
import { createPeer } from '../shared/peer'
import { serveSubgraph } from '../shared/subgraph/serve'
import { configShape } from './config'
import { createPostsSubgraph } from './subgraph'

runPart(async (onClose) => {
  const config = readConfig(configShape)
  const log = createLog('posts', config.LOG_LEVEL)
  const connection = await openDatabase(config.MONGODB_URI, config.MONGODB_DATABASE)
  onClose(() => connection.close())
  const events = createPeer({ name: 'events', url: config.EVENTS_URL })
  onClose(() => events.close())
  const subgraph = createPostsSubgraph({ connection, events })
  const { HOST: host, PORT: port, ROUTER_SECRET: routerSecret } = config
  const server = await serveSubgraph(subgraph, { host, port, routerSecret, log })
  onClose(() => server.close())
})
