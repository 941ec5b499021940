import { startHttpServer, type Route, type RunningServer } from '../platform/http'
import type { HttpServerMetrics } from '../platform/telemetry'
import type { Router, RouterOptions } from './options'
import { createRouter } from './router'

export interface ServeOptions extends RouterOptions {
  host: string
  /** 0 selects a free port. */
  port: number
  /** How long the router keeps serving, while it reports not ready, before it closes. */
  drainMs: number
  /** Routes besides those of the router. */
  routes?: Readonly<Record<string, Route>>
  httpMetrics?: HttpServerMetrics | undefined
}

/** A router that listens. */
export type RunningRouter = RunningServer & Pick<Router, 'replaceSupergraph' | 'replaceTrustedDocuments'>

/** Serves a router over HTTP. `close` lets requests in progress finish, for up to 10 s, and closes the router. */
export async function serveRouter(options: ServeOptions): Promise<RunningRouter> {
  const { host, port, drainMs, httpMetrics, log } = options
  const router = await createRouter(options)
  const { upgrades } = router
  const routes = { ...router.routes, ...options.routes }
  const http = await startHttpServer({ host, port, routes, upgrades, metrics: httpMetrics, log })
  log.info({ url: http.url }, 'Listening')
  return {
    ...http,
    replaceSupergraph: router.replaceSupergraph,
    replaceTrustedDocuments: router.replaceTrustedDocuments,
    async close() {
      router.drain()
      // Load balancers first see that the router is not ready.
      await http.drain(drainMs)
      // Subscriptions do not end by themselves.
      router.endSubscriptions()
      await http.close()
      await router.close()
    },
  }
}
