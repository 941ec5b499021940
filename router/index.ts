import '../packages/platform/sourceMaps'
// Import before other modules: V8 flags only affect code that is compiled afterwards.
import './v8Flags'

import {
  readSupergraphFile,
  readTrustedDocuments,
  serveRouter,
  watchSupergraphFile,
} from '../packages/federation-router'
import { transportSettingSuffixes } from '../packages/federation-router/transport/settings'
import { readConfig, readUrlVariables, readVariablesEndingIn, runProcess } from '../packages/platform'
import { createLog } from '../packages/platform/log'
import { openTelemetry } from '../packages/platform/telemetry'
import { configShape } from './config'
import { createRouterOptions } from './routerOptions'

runProcess(async (onClose) => {
  const config = readConfig(configShape)
  const log = createLog('router', config.LOG_LEVEL, {
    buffered: true,
    readable: config.NODE_ENV !== 'production',
  })
  const telemetry = await openTelemetry({ part: 'router', config, log, onClose })
  const supergraph = readSupergraphFile(config.SUPERGRAPH_FILE)
  const { TRUSTED_DOCUMENTS: mode, TRUSTED_DOCUMENTS_FILE: files = [] } = config
  const manifests = mode === 'off' ? undefined : readTrustedDocuments(files)
  const server = await serveRouter(
    createRouterOptions({
      config,
      supergraph,
      trustedDocuments: manifests?.documents,
      subgraphUrls: readUrlVariables(),
      subgraphSettings: readVariablesEndingIn(transportSettingSuffixes),
      telemetry,
      log,
    }),
  )
  onClose(() => server.close(), config.DRAIN_MS)
  const { replaceSupergraph, replaceTrustedDocuments } = server
  onClose(watchSupergraphFile({ file: config.SUPERGRAPH_FILE, supergraph, replaceSupergraph, log }))
  if (manifests) onClose(manifests.watch({ replaceTrustedDocuments, log }))
})
