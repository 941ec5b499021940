import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'

import { parseNetworks, projectRoot, telemetryConfigShape, variable } from '../packages/platform'
import { defaultRouterPort } from '../schema/subgraphs'
import { audienceSetting, issuerSetting } from '../packages/auth'
import { transportSettingsShape } from '../packages/federation-router/transport/settings'

const positive = (fallback: number) => z.coerce.number().int().positive().default(fallback)

const origins = z
  .string()
  .transform((list) => list.split(',').map((origin) => origin.trim()))
  .refine(
    (list) => list.every((origin) => origin === '*' || isOrigin(origin)),
    'must be origins such as https://app.example.org, separated by commas, or *',
  )

const fileList = z
  .string()
  .transform((list) => list.split(',').map((file) => file.trim()))
  .refine((list) => !list.includes(''), 'must be files separated by commas')

const networksHint = {
  error: 'must be addresses and networks such as 10.0.0.0/8, separated by commas',
}

const trustProxyHint = {
  error: 'must be a number of proxies, or addresses and networks such as 10.0.0.0/8 separated by commas',
}

const workers = z
  .string()
  .regex(/^(auto|[1-9]\d?)$/, 'must be a number from 1 to 99, or auto')
  .default('1')
  .transform((value) => (value === 'auto' ? availableParallelism() : Number(value)))

/**
 * The settings of the router. In addition it reads `<NAME>_URL`, which overrides the URL of a subgraph in the supergraph
 * file, and the settings of `transportSettingsShape` prefixed with the name of a single subgraph.
 */
export const configShape = z
  .object({
    PORT: variable.port(defaultRouterPort).describe('Port to listen on.'),
    HOST: variable.host(),
    NODE_ENV: variable.nodeEnv(),
    WORKERS: workers.describe(
      'Processes that share the port and the limits of the router: a number, or `auto` for one for each core. See ' +
        '[workers](deployment.md#workers).',
    ),
    LOG_LEVEL: variable.logLevel(),
    ROUTER_EXECUTOR: z
      .enum(['agora', 'apollo'])
      .default('agora')
      .describe(
        'Executor of operations: `agora`, or `apollo` for stock `@apollo/gateway` without subscriptions. See ' +
          '[The router and its executors](router.md).',
      ),
    SUPERGRAPH_FILE: z
      .string()
      .default(join(projectRoot, 'schema', 'supergraph.graphql'))
      .describe('Supergraph to serve; reloaded when it changes.'),
    ROUTER_SECRET: variable
      .secret()
      .optional()
      .describe(
        'Signs the viewer that the router passes to subgraphs; at least 32 bytes, the same for all of them. Required together ' +
          'with `JWKS_URL`: without both, the router identifies no viewer.',
      ),
    JWKS_URL: variable
      .url()
      .optional()
      .describe(
        'JSON Web Key Set of the users subgraph, such as `http://users:4001/.well-known/jwks.json`; token revocations ' +
          'are read from the same server. Required together with `ROUTER_SECRET`.',
      ),
    JWT_ISSUER: issuerSetting(),
    JWT_AUDIENCE: audienceSetting(),
    POLICY_URL: variable
      .url()
      .optional()
      .describe(
        'Service that evaluates the policies of `@policy`. See [access control](router.md#access-control). Without it, no policy holds.',
      ),
    CACHE: z
      .enum(['on', 'off', 'shadow'])
      .default('on')
      .describe(
        'Whether public data of subgraphs is cached, with the executor `agora`; `shadow` compares each hit with fresh data, logs ' +
          'differences, and returns the fresh data. See [Caching](caching.md).',
      ),
    CACHE_MB: positive(64).describe('Memory of the cache, in millions of bytes.'),
    HEADERS_FILE: z
      .string()
      .optional()
      .describe(
        'JSON file with the headers that subgraphs receive of clients. See [header rules](router.md#header-rules).',
      ),
    INTROSPECTION: variable
      .flag()
      .optional()
      .describe('Whether introspection is allowed. Default: `true`, in production `false`.'),
    TRUSTED_DOCUMENTS: z
      .enum(['off', 'log', 'require'])
      .default('off')
      .describe(
        'Whether the documents of `TRUSTED_DOCUMENTS_FILE` are served by their identifiers; `log` also logs all other documents, ' +
          '`require` refuses them. See [trusted documents](router.md#trusted-documents).',
      ),
    TRUSTED_DOCUMENTS_FILE: fileList
      .optional()
      .describe('Manifests of trusted documents, separated by commas; reloaded when they change.'),
    CORS_ORIGINS: origins
      .optional()
      .describe(
        'Allowed browser origins separated by commas, or `*`. Default: any origin, in production none.',
      ),
    SESSION_COOKIES: variable
      .flag()
      .default(false)
      .describe(
        'Whether the refresh token of a session is in an HttpOnly cookie instead of the response, so that scripts cannot read it. Pages of ' +
          'other origins need `CORS_ORIGINS`. See [session cookies](accounts.md#session-cookies).',
      ),
    TRUST_PROXY: z
      .string()
      .refine(isTrustProxy, trustProxyHint)
      .default('0')
      .describe(
        'Proxies whose `X-Forwarded-For` is trusted: their number, or their addresses and networks separated by commas.',
      ),
    MAX_CLIENT_REQUESTS: positive(100).describe(
      'Concurrent requests of one client address; a signed-in viewer may have a quarter. See ' +
        '[limits of one client](security.md#limits-of-one-client).',
    ),
    MAX_CLIENT_SUBSCRIPTIONS: positive(200).describe(
      'Concurrent subscriptions of one client address; a signed-in viewer may have a quarter.',
    ),
    MAX_CLIENT_WEBSOCKETS: positive(100).describe(
      'Concurrent WebSockets of one client address; a signed-in viewer may have a quarter.',
    ),
    MAX_CLIENT_PLANNING_MS: positive(2_000).describe(
      'Time within 10 s for parsing, validating, planning and compiling new documents of one client address; a quarter ' +
        'of it for a signed-in viewer.',
    ),
    TRUSTED_CLIENTS: z
      .string()
      .transform(parseNetworks)
      .refine((networks) => networks !== undefined, networksHint)
      .optional()
      .describe(
        'Addresses and networks of clients without limits, separated by commas, for example of a server that renders pages.',
      ),
    // The longest text of the contract fits, even with every character escaped.
    MAX_BODY_BYTES: positive(1_500_000).describe('Largest request body.'),
    REQUEST_TIMEOUT_MS: positive(30_000).describe('Timeout of a whole request.'),
    DRAIN_MS: variable.drain(),
    MAX_SUBSCRIPTIONS: positive(10_000).describe('Concurrent subscriptions of all clients.'),
    MAX_SUBSCRIPTION_BUFFER: positive(1_000_000).describe(
      'Characters of JSON that may wait for a slow subscriber before it is disconnected.',
    ),
    SUBSCRIPTION_RECONNECT_MS: z.coerce
      .number()
      .int()
      .min(0)
      .default(30_000)
      .describe('How long the router tries to reconnect to a subgraph before its subscriptions end.'),
    ...telemetryConfigShape,
    ...transportSettingsShape.shape,
    MAX_TOKENS: positive(4_000).describe('Tokens of one document.'),
    MAX_DEPTH: positive(16).describe('Depth of one operation.'),
    MAX_ALIASES: positive(100).describe('Aliases of one operation.'),
    MAX_DIRECTIVES: positive(50).describe('Directives of one operation.'),
    MAX_FIELDS: positive(5_000).describe('Fields of one operation, fragments expanded.'),
    MAX_PLANNING_COST: positive(20_000).describe(
      'Planning cost of one operation: its fields times the subgraphs that resolve them; each root field of a mutation is ' +
        'counted together with those before it.',
    ),
    MAX_COST: positive(50_000).describe(
      'Objects that one operation may request, introspection included (the usual query needs about 10000).',
    ),
    // Subgraphs reject larger pages.
    MAX_PAGE_SIZE: positive(100).describe('Largest page that the cost of an operation assumes.'),
  })
  .superRefine((config, context) => {
    if (config.TRUSTED_DOCUMENTS !== 'off' && config.TRUSTED_DOCUMENTS_FILE === undefined)
      context.addIssue({
        code: 'custom',
        path: ['TRUSTED_DOCUMENTS_FILE'],
        message: `is not set, although TRUSTED_DOCUMENTS is ${config.TRUSTED_DOCUMENTS}`,
      })
    if (config.SESSION_COOKIES && config.CORS_ORIGINS?.includes('*'))
      context.addIssue({
        code: 'custom',
        path: ['CORS_ORIGINS'],
        message:
          'must list the origins, since SESSION_COOKIES is true: browsers send no cookies to an endpoint of all origins',
      })
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
