import { startHttpServer, type RunningServer } from '../platform/http'
import type { RouterOptions } from './options'
import { createRouter, type Router } from './router'

export interface ServeOptions extends RouterOptions {
  host: string
  /** 0 selects a free port. */
  port: number
  /** How long the router keeps serving, while it reports not ready, before it closes. */
  drainMs: number
}

/** A router that listens. */
export type RunningRouter = RunningServer & Pick<Router, 'replaceSupergraph'>

/** Serves a router over HTTP. `close` lets requests in progress finish, for up to 10 s, and closes the router. */
export async function serveRouter(options: ServeOptions): Promise<RunningRouter> {
  const { host, port, drainMs, log } = options
  const router = await createRouter(options)
  const { routes, upgrades } = router
  const http = await startHttpServer({ host, port, routes, upgrades, log })
  log.info({ url: http.url }, 'Listening')
  return {
    ...http,
    replaceSupergraph: router.replaceSupergraph,
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
