import { openDatabase } from '../shared/database'
import { readConfig } from '../shared/env'
import { runPart } from '../shared/lifecycle'
import { createLog } from '../shared/log'
import { createPeer } from '../shared/peer'
import { serveSubgraph } from '../shared/subgraph/serve'
import { configShape } from './config'
import { createCommentsSubgraph } from './subgraph'

runPart(async (onClose) => {
  const config = readConfig(configShape)
  const log = createLog('comments', config.LOG_LEVEL)
  const connection = await openDatabase(config.MONGODB_URI, config.MONGODB_DATABASE)
  onClose(() => connection.close())
  const posts = createPeer({ name: 'posts', url: config.POSTS_URL })
  onClose(() => posts.close())
  const subgraph = createCommentsSubgraph({ connection, posts })
  const server = await serveSubgraph(subgraph, {
    host: config.HOST,
    port: config.PORT,
    routerSecret: config.ROUTER_SECRET,
    log,
  })
  onClose(() => server.close())
})
