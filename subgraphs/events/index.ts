import { openDatabase } from '../shared/database'
import { readConfig } from '../shared/env'
import { runPart } from '../shared/lifecycle'
import { createLog } from '../shared/log'
import { serveSubgraph } from '../shared/subgraph/serve'
import { configShape } from './config'
import { createEventsSubgraph } from './subgraph'

runPart(async (onClose) => {
  const config = readConfig(configShape)
  const log = createLog('events', config.LOG_LEVEL)
  const connection = await openDatabase(config.MONGODB_URI, config.MONGODB_DATABASE)
  onClose(() => connection.close())
  const subgraph = createEventsSubgraph({ connection })
  const { HOST: host, PORT: port, ROUTER_SECRET: routerSecret } = config
  const server = await serveSubgraph(subgraph, { host, port, routerSecret, log })
  onClose(() => server.close())
})
