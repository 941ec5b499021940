// First of all: it counts for what is made from then on.
import './v8Flags'

import { readConfig, urlVariables, variablesEndingIn } from '../subgraphs/shared/env'
import { runPart } from '../subgraphs/shared/lifecycle'
import { createLog } from '../subgraphs/shared/log'
import { configShape } from './config'
import { serveRouter } from './router'
import { readSupergraph, watchSupergraph } from './supergraphFile'
import { settingEndings } from './transport/settings'

runPart(async (onClose) => {
  const config = readConfig(configShape)
  const log = createLog('router', config.LOG_LEVEL, { buffered: true })
  const supergraph = readSupergraph(config.SUPERGRAPH_FILE)
  const special = variablesEndingIn(settingEndings)
  const server = await serveRouter({ config, supergraph, urls: urlVariables(), special, log })
  onClose(() => server.close(), config.DRAIN_MS)
  const { replaceSupergraph: replace } = server
  onClose(watchSupergraph({ file: config.SUPERGRAPH_FILE, supergraph, replace, log }))
})
