import cluster from 'node:cluster'

import {
  readSupergraphFile,
  readTrustedDocuments,
  serveRouter,
  watchSupergraphFile,
} from '../packages/federation-router'
import { transportSettingSuffixes } from '../packages/federation-router/transport/settings'
import { readUrlVariables, readVariablesEndingIn, type OnClose } from '../packages/platform'
import { createLog } from '../packages/platform/log'
import { openTelemetry } from '../packages/platform/telemetry'
import type { Config } from './config'
import { createRouterOptions } from './routerOptions'
import { createWorkerLink } from './workers/workerLink'

/** Runs the router in this process: as the only one, or as one of several workers. @throws StartupError, ConfigError */
export async function runRouter(config: Config, onClose: OnClose): Promise<void> {
  const worker = config.WORKERS > 1 ? cluster.worker : undefined
  const link = worker && createWorkerLink(config.WORKERS)
  const log = createLog('router', config.LOG_LEVEL, {
    buffered: true,
    readable: config.NODE_ENV !== 'production',
    worker: worker?.id,
  })
  const telemetry = await openTelemetry({
    part: 'router',
    config,
    readMetrics: link?.readMetrics,
    isWorker: link !== undefined,
    log,
    onClose,
  })
  const { registry } = telemetry
  if (registry) link?.provideSnapshots(() => registry.getMetricsAsJSON())
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
      sharedBudgets: link,
      telemetry,
      log,
    }),
  )
  onClose(() => server.close(), config.DRAIN_MS)
  const { replaceSupergraph, replaceTrustedDocuments } = server
  onClose(watchSupergraphFile({ file: config.SUPERGRAPH_FILE, supergraph, replaceSupergraph, log }))
  if (manifests) onClose(manifests.watch({ replaceTrustedDocuments, log }))
}
