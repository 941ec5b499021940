import type { Route, UpgradeHandler } from '../platform/http'
import type { Log } from '../platform/log'
import type { ClientBudgetOptions } from './budgets/clientBudgets'
import type { CacheOptions } from './cache/dataCache'
import type { IdentityOptions } from './identity/authenticator'
import type { OperationLimits } from './limits/operationLimits'
import type { LandingPage } from './request/landingPage'
import type { TrustedDocumentsMode } from './request/persistedQueries'
import type { SubgraphCookie } from './request/subgraphCookie'
import type { SubscriptionSettings } from './subscriptions/subscriptionHub'
import type { RouterTelemetry } from './telemetry'
import type { LocalSubgraphs } from './transport/localSubgraph'
import type { HeaderRules } from './transport/headerRules'
import type { TransportSettings } from './transport/settings'
import type { TrustedDocuments } from './trusted-documents/trustedDocuments'

/** The executors: the router's own, and stock `@apollo/gateway`. */
export type ExecutorName = 'agora' | 'apollo'

export interface RouterOptions {
  /** The SDL of the supergraph. */
  supergraph: string
  executor: ExecutorName
  /** Returns the URL of a subgraph, given the one in the supergraph. @throws StartupError without a usable URL */
  resolveSubgraphUrl(subgraph: string, url: string | undefined): string
  /** Returns the transport settings of a subgraph. */
  transport(subgraph: string): TransportSettings
  /** The cache of the subgraphs' public data, for the executor `agora`; undefined without one. */
  cache?: CacheOptions | undefined
  /** Subgraphs that the router executes itself, for example that of `node`. */
  localSubgraphs?: LocalSubgraphs | undefined
  /** How access tokens are verified; undefined to ignore them: subgraphs then receive no viewer. */
  identity: IdentityOptions | undefined
  /** The URL of the service that evaluates the policies of @policy; undefined where there is none: no policy holds. */
  policyUrl?: string | undefined
  /** Which headers of clients subgraphs receive; none by default. */
  headerRules?: HeaderRules | undefined
  /** The parts of the router that one client may use. */
  budgets: ClientBudgetOptions
  limits: OperationLimits
  subscriptions: SubscriptionSettings
  /** The time for a whole request. */
  requestTimeoutMs: number
  /** The largest body of a request, in bytes. */
  maxBodyBytes: number
  /** The documents of the operator's own clients; undefined to treat all documents alike. */
  trustedDocuments?: { mode: TrustedDocumentsMode; documents: TrustedDocuments } | undefined
  /** Whether clients may read the schema, by introspection and at `/schema.graphql`. */
  introspection: boolean
  /** Whether error messages omit names of the schema that the client has not sent itself. */
  hideNames: boolean
  /** Whether clients may request the query plan, with the timings of its fetches. */
  queryPlans: boolean
  /** The origins of pages that may use the router; `*` for all. */
  corsOrigins: readonly string[]
  /**
   * A cookie that one subgraph reads and sets in mutations over HTTP, for example with a session; undefined to ignore all cookies. Pages of
   * listed origins may then send it (CORS with credentials).
   */
  cookie?: SubgraphCookie | undefined
  /** Whose X-Forwarded-For is read: a number of proxies in front, or their addresses and networks. */
  trustProxy: string
  landingPage?: LandingPage | undefined
  telemetry: RouterTelemetry
  log: Log
}

/** A router that does not listen yet. */
export interface Router {
  routes: Readonly<Record<string, Route>>
  /** The handlers of WebSocket upgrades, by path. */
  upgrades: Readonly<Record<string, UpgradeHandler>>
  /**
   * Serves another supergraph; requests in progress end on the previous one.
   *
   * @throws StartupError for a supergraph that cannot be served: the previous one stays
   */
  replaceSupergraph(supergraph: string): Promise<void>
  /** Replaces the trusted documents, once their operations are planned. */
  replaceTrustedDocuments(documents: TrustedDocuments): Promise<void>
  /** Reports the router as not ready; it still responds. */
  drain(): void
  /** Ends all subscriptions, and new ones at once, with the request to subscribe again. Closes WebSockets. */
  endSubscriptions(): void
  /** Closes the connections to the subgraphs. To be called when no request is in progress. */
  close(): Promise<void>
}
