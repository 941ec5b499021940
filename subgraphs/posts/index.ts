import { readConfig } from '../shared/env'
import { runPart } from '../shared/lifecycle'
import { createPeer } from '../shared/peer'
import { serveSubgraph } from '../shared/subgraph/serve'
import { openTools, serveOptions } from '../shared/subgraph/tools'
import { configShape } from './config'
import { createPostsSubgraph } from './subgraph'

runPart(async (onClose) => {
  const config = readConfig(configShape)
  const tools = await openTools('posts', config, onClose)
  const events = createPeer({ name: 'events', url: config.EVENTS_URL })
  onClose(() => events.close())
  const comments = createPeer({ name: 'comments', url: config.COMMENTS_URL })
  onClose(() => comments.close())
  const users = createPeer({ name: 'users', url: config.USERS_URL })
  onClose(() => users.close())
  const subgraph = createPostsSubgraph({ ...tools, events, comments, users })
  const server = await serveSubgraph(subgraph, serveOptions(config, tools.log))
  onClose(() => server.close(), config.DRAIN_MS)
})
