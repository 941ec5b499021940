import '../packages/platform/sourceMaps'
// Before everything else: V8 flags only affect code that is compiled afterwards.
import './v8Flags'

import { readConfig, readUrlVariables, readVariablesEndingIn } from '../packages/platform/config/environment'
import { runProcess } from '../packages/platform/lifecycle'
import { createLog } from '../packages/platform/log'
import { configShape } from './config'
import { serveRouter } from '../packages/federation-router/router'
import {
  readSupergraphFile,
  watchSupergraphFile,
} from '../packages/federation-router/supergraph/supergraphFile'
import { transportSettingSuffixes } from '../packages/federation-router/transport/settings'

runProcess(async (onClose) => {
  const config = readConfig(configShape)
  const log = createLog('router', config.LOG_LEVEL, { buffered: true })
  const supergraph = readSupergraphFile(config.SUPERGRAPH_FILE)
  const special = readVariablesEndingIn(transportSettingSuffixes)
  const server = await serveRouter({
    config,
    supergraph,
    subgraphUrls: readUrlVariables(),
    subgraphSettings: special,
    log,
  })
  onClose(() => server.close(), config.DRAIN_MS)
  const { replaceSupergraph } = server
  onClose(watchSupergraphFile({ file: config.SUPERGRAPH_FILE, supergraph, replaceSupergraph, log }))
})
