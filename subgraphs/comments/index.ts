import { readConfig } from '../shared/env'
import { runPart } from '../shared/lifecycle'
import { createPeer } from '../shared/peer'
import { serveSubgraph } from '../shared/subgraph/serve'
import { openTools, serveOptions } from '../shared/subgraph/tools'
import { configShape } from './config'
import { createCommentsSubgraph } from './subgraph'

runPart(async (onClose) => {
  const config = readConfig(configShape)
  const tools = await openTools('comments', config, onClose)
  const posts = createPeer({ name: 'posts', url: config.POSTS_URL })
  onClose(() => posts.close())
  const users = createPeer({ name: 'users', url: config.USERS_URL })
  onClose(() => users.close())
  const subgraph = createCommentsSubgraph({ ...tools, posts, users })
  const server = await serveSubgraph(subgraph, serveOptions(config, tools.log))
  onClose(() => server.close(), config.DRAIN_MS)
})
