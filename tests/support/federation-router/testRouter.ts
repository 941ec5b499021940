import { configShape } from '../../../router/config'
import { createRouterOptions } from '../../../router/routerOptions'
import { readTrustedDocuments, serveRouter } from '../../../packages/federation-router'
import { transportSettingSuffixes } from '../../../packages/federation-router/transport/settings'
import { subgraphUrlVariable } from '../../../packages/platform'
import { readConfig, readVariablesEndingIn } from '../../../packages/platform/config/environment'
import { openTelemetry } from '../../../packages/platform/telemetry/openTelemetry'
import { createCapturedLog } from '../capturedLog'
import { shopSupergraph, shopSubgraphs, startShopSubgraph, type ShopSubgraphName } from './shopSubgraphs'
import type { ShopSubgraph } from './shopSubgraphs'

/** A response of the router. */
export interface RouterResponse {
  status: number
  headers: Headers
  text: string
  // Each test asserts the shape of `data`.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  data: any
  errors?: {
    message: string
    locations?: { line: number; column: number }[]
    path?: (string | number)[]
    extensions: Record<string, unknown>
  }[]
}

export interface SendOptions {
  variables?: object
  headers?: Record<string, string>
}

/** A router that listens. */
export interface TestRouter {
  url: string
  /** The log lines. */
  logged: Record<string, unknown>[]
  send(query: string, options?: SendOptions): Promise<RouterResponse>
  /** Returns the page of metrics. */
  readMetrics(): Promise<string>
  replaceSupergraph(supergraph: string): Promise<void>
  close(): Promise<void>
}

/** Requests of tests have no budgets, unless a test sets TRUSTED_CLIENTS to ''. */
const trustTestClients = { TRUSTED_CLIENTS: '127.0.0.0/8' }

/** Starts a router in this process, configured by environment variables. */
export async function startRouter(
  environment: Record<string, string> = {},
  urls: ReadonlyMap<string, string> = new Map(),
  supergraph: string = shopSupergraph(),
): Promise<TestRouter> {
  const config = readConfig(configShape, { PORT: '0', NODE_ENV: 'test', ...trustTestClients, ...environment })
  const { log, lines: logged } = createCapturedLog()
  const subgraphSettings = readVariablesEndingIn(transportSettingSuffixes, environment)
  const closers: (() => Promise<void> | void)[] = []
  const onClose = (close: () => Promise<void> | void) => void closers.push(close)
  const telemetry = await openTelemetry({ part: 'router', config, log, onClose })
  const { TRUSTED_DOCUMENTS: mode, TRUSTED_DOCUMENTS_FILE: files = [] } = config
  const manifests = mode === 'off' ? undefined : readTrustedDocuments(files)
  const trustedDocuments = manifests?.documents
  const server = await serveRouter(
    createRouterOptions({
      config,
      supergraph,
      trustedDocuments,
      subgraphUrls: urls,
      subgraphSettings,
      telemetry,
      log,
    }),
  )
  onClose(() => server.close())
  const { replaceTrustedDocuments } = server
  if (manifests) onClose(manifests.watch({ replaceTrustedDocuments, log }))
  return {
    url: server.url,
    logged,
    readMetrics: async () => (await fetch(`${server.url}/metrics`)).text(),
    send: (query, options) => sendOperation(`${server.url}/graphql`, query, options),
    replaceSupergraph: server.replaceSupergraph,
    async close() {
      for (const close of closers.reverse()) await close()
    },
  }
}

export async function sendOperation(
  url: string,
  query: string,
  { variables, headers }: SendOptions = {},
): Promise<RouterResponse> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  })
  const text = await response.text()
  const body = JSON.parse(text) as Pick<RouterResponse, 'data' | 'errors'>
  return { status: response.status, headers: response.headers, text, ...body }
}

/** The shop's subgraphs, and a router in front of them. */
export interface RunningShop {
  router: TestRouter
  subgraphs: Record<ShopSubgraphName, ShopSubgraph>
  /** The URLs of the subgraphs, by the names of their variables. */
  urls: ReadonlyMap<string, string>
  close(): Promise<void>
}

export async function startShop(environment: Record<string, string> = {}): Promise<RunningShop> {
  const [people, books, reviews] = await Promise.all([
    startShopSubgraph('people'),
    startShopSubgraph('books'),
    startShopSubgraph('book-reviews'),
  ])
  const subgraphs = { people, books, 'book-reviews': reviews }
  const urls = new Map(shopSubgraphs.map((name) => [subgraphUrlVariable(name), subgraphs[name].url]))
  const router = await startRouter(environment, urls)
  return {
    router,
    subgraphs,
    urls,
    close: async () => {
      await router.close()
      await Promise.all(Object.values(subgraphs).map((each) => each.close()))
    },
  }
}
