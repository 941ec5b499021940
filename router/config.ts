import { join } from 'node:path'
import { z } from 'zod'

import { projectRoot } from '../packages/platform/config/projectRoot'
import { defaultRouterPort } from '../packages/platform/config/subgraphs'
import { audienceSetting, issuerSetting } from '../packages/auth/accessTokenClaims'
import { variable } from '../packages/platform/config/environment'
import { parseNetworks } from '../packages/platform/http/ipNetworks'
import { transportSettingsShape } from '../packages/federation-router'

const positive = (defaultValue: number) => z.coerce.number().int().positive().default(defaultValue)

const origins = z
  .string()
  .transform((list) => list.split(',').map((origin) => origin.trim()))
  .refine(
    (list) => list.every((origin) => origin === '*' || isOrigin(origin)),
    'must be origins such as https://app.example.org, separated by commas, or *',
  )

const networksHint = {
  error: 'must be addresses and networks such as 10.0.0.0/8, separated by commas',
}

const trustProxyHint = {
  error: 'must be a number of proxies, or addresses and networks such as 10.0.0.0/8 separated by commas',
}

/**
 * The environment variables of the router. In addition, `<NAME>_URL` is the URL of the subgraph NAME if it differs from that
 * in the supergraph file, and the prefix `<NAME>_` sets one of `transportSettingsShape` for that subgraph.
 */
export const configShape = z
  .object({
    PORT: variable.port(defaultRouterPort),
    HOST: variable.host(),
    NODE_ENV: variable.nodeEnv(),
    LOG_LEVEL: variable.logLevel(),
    /** The executor of operations: the router's own, or stock @apollo/gateway. */
    ROUTER_EXECUTOR: z.enum(['agora', 'apollo']).default('agora'),
    SUPERGRAPH_FILE: z.string().default(join(projectRoot, 'schema', 'supergraph.graphql')),
    /** Signs viewer tokens for subgraphs. */
    ROUTER_SECRET: variable.secret().optional(),
    /** The JWK Set of the keys of access tokens. */
    JWKS_URL: variable.url().optional(),
    JWT_ISSUER: issuerSetting(),
    JWT_AUDIENCE: audienceSetting(),
    /** By default on in development, off in production. */
    INTROSPECTION: variable.flag().optional(),
    /** By default any origin in development, none in production. */
    CORS_ORIGINS: origins.optional(),
    /** The proxies whose X-Forwarded-For is trusted: their number, or their addresses and networks. */
    TRUST_PROXY: z.string().refine(isTrustProxy, trustProxyHint).default('0'),
    /** The budgets of one client: see `ClientBudgetOptions`. */
    MAX_CLIENT_REQUESTS: positive(100),
    MAX_CLIENT_SUBSCRIPTIONS: positive(200),
    MAX_CLIENT_WEBSOCKETS: positive(20),
    /** Milliseconds within 10 s. */
    MAX_CLIENT_PLANNING_MS: positive(2_000),
    /** Clients without budgets, for example a server that renders pages. */
    TRUSTED_CLIENTS: z
      .string()
      .transform(parseNetworks)
      .refine((networks) => networks !== undefined, networksHint)
      .optional(),
    /** In bytes. The longest text of the contract fits with every character escaped. */
    MAX_BODY_BYTES: positive(1_500_000),
    /** The time for a whole request. */
    REQUEST_TIMEOUT_MS: positive(30_000),
    DRAIN_MS: variable.drain(),
    /** Concurrent subscribers, over all protocols. */
    MAX_SUBSCRIPTIONS: positive(10_000),
    /** The most that may wait for one subscriber, in characters of JSON. */
    MAX_SUBSCRIPTION_BUFFER: positive(1_000_000),
    /** How long the router tries to reconnect to a subgraph before its subscriptions end. */
    SUBSCRIPTION_RECONNECT_MS: z.coerce.number().int().min(0).default(30_000),
    /** After how long without any bytes a subgraph counts as lost: graphql-sse sends a comment every 12 s. */
    SUBSCRIPTION_IDLE_TIMEOUT_MS: positive(40_000),
    ...transportSettingsShape.shape,
    MAX_TOKENS: positive(4_000),
    MAX_DEPTH: positive(16),
    MAX_ALIASES: positive(100),
    MAX_DIRECTIVES: positive(50),
    MAX_FIELDS: positive(5_000),
    /** The planner's work for one operation: see `computePlanningCost`. */
    MAX_PLANNING_COST: positive(20_000),
    MAX_COST: positive(50_000),
    /** The longest list in the cost of an operation, since subgraphs refuse larger pages. */
    MAX_PAGE_SIZE: positive(100),
  })
  .superRefine((config, context) => {
    if ((config.ROUTER_SECRET === undefined) === (config.JWKS_URL === undefined)) return
    const missing = config.ROUTER_SECRET === undefined ? 'ROUTER_SECRET' : 'JWKS_URL'
    context.addIssue({ code: 'custom', path: [missing], message: 'is not set' })
  })

export type Config = z.infer<typeof configShape>

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text
}

function isTrustProxy(text: string): boolean {
  return /^\d{1,2}$/.test(text) || parseNetworks(text) !== undefined
}
