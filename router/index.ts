import { readConfig, urlVariables } from '../subgraphs/shared/env'
import { runPart } from '../subgraphs/shared/lifecycle'
import { createLog } from '../subgraphs/shared/log'
import { configShape } from './config'
import { serveRouter } from './router'
import { readSupergraph } from './supergraphFile'

runPart(async (onClose) => {
  const config = readConfig(configShape)
  const log = createLog('router', config.LOG_LEVEL)
  const supergraph = readSupergraph(config.SUPERGRAPH_FILE)
  const server = await serveRouter({ config, supergraph, urls: urlVariables(), log })
  onClose(() => server.close())
})
