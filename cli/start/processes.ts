import { join } from 'node:path'
import { projectRoot, subgraphUrlVariable } from '../../packages/platform'
import { localSubgraphUrl, subgraphs, type SubgraphName } from '../../schema/subgraphs'
import type { Config } from './config'
import type { SystemKeys } from './keys'
import type { ListenAddress } from '../ports'
import type { ProcessDefinition } from '../supervisor/managedProcess'

const loopback = '127.0.0.1'

/** Returns the addresses that the router and the subgraphs will listen on. */
export function listenAddresses({
  HOST: host,
  PORT,
  METRICS_PORT,
}: Pick<Config, 'HOST' | 'PORT' | 'METRICS_PORT'>): ListenAddress[] {
  const list = (setting: ListenAddress['setting'], port: number, suffix = '') => [
    { name: `router${suffix}`, host, port, setting },
    ...subgraphs.map(({ name, portOffset }) => ({
      name: `${name}${suffix}`,
      host: loopback,
      port: port + portOffset,
      setting,
    })),
  ]
  return [
    ...list('PORT', PORT),
    ...(METRICS_PORT === undefined ? [] : list('METRICS_PORT', METRICS_PORT, ' metrics')),
  ]
}

/** Returns the URL of the router for a browser on this machine, without a path. */
export function routerUrl({ PORT: port, HOST: host }: Pick<Config, 'PORT' | 'HOST'>): string {
  const isWildcard = host === '0.0.0.0' || host === '::'
  const hostname = isWildcard ? loopback : host.includes(':') ? `[${host}]` : host
  return `http://${hostname}:${port}`
}

/** Returns the page of kept mails, which the users subgraph serves in development. */
export function mailPageUrl({ PORT: port }: Pick<Config, 'PORT'>): string {
  return new URL('/mail', localSubgraphUrl('users', port)).href
}

/** The databases of the subgraphs that `npm start` runs. */
export const subgraphDatabaseNames: Readonly<Record<SubgraphName, string>> = {
  users: 'agora_users',
  events: 'agora_events',
  posts: 'agora_posts',
  comments: 'agora_comments',
}

/** Defines the subgraph processes: one MongoDB server, a database and a port for each. */
export function defineSubgraphProcesses(
  config: Config,
  keys: SystemKeys,
  mongodbUri: string,
): ProcessDefinition[] {
  return subgraphs.map(({ name, portOffset }) => {
    const port = config.PORT + portOffset
    return {
      ...nodeProgram(name, join('subgraphs', name)),
      env: {
        ...subgraphUrls(config.PORT),
        PORT: String(port),
        HOST: loopback,
        MONGODB_URI: mongodbUri,
        MONGODB_DATABASE: subgraphDatabaseNames[name],
        ROUTER_SECRET: keys.routerSecret,
        JWT_PRIVATE_KEY: keys.jwtPrivateKey,
        LOG_LEVEL: config.LOG_LEVEL,
        METRICS_PORT: metricsPort(config, portOffset),
        // They stop after the router, their only client.
        DRAIN_MS: '0',
      },
      readiness: { by: 'http', url: `http://${loopback}:${port}/health/ready` },
    }
  })
}

/** Defines the router process, which serves the subgraphs of the same configuration. */
export function defineRouterProcess(config: Config, keys: SystemKeys): ProcessDefinition {
  return {
    ...nodeProgram('router', 'router'),
    env: {
      ...subgraphUrls(config.PORT),
      PORT: String(config.PORT),
      HOST: config.HOST,
      ROUTER_SECRET: keys.routerSecret,
      JWKS_URL: new URL('/.well-known/jwks.json', localSubgraphUrl('users', config.PORT)).href,
      LOG_LEVEL: config.LOG_LEVEL,
      METRICS_PORT: metricsPort(config, 0),
    },
    readiness: { by: 'http', url: `${routerUrl(config)}/health/ready` },
    drainMs: config.DRAIN_MS,
  }
}

/** Returns '' without the setting, which processes inherit otherwise: they would all listen on the same port. */
const metricsPort = ({ METRICS_PORT: port }: Config, offset: number): string =>
  port === undefined ? '' : String(port + offset)

function nodeProgram(
  name: SubgraphName | 'router',
  folder: string,
): Pick<ProcessDefinition, 'name' | 'command' | 'args'> {
  const program = join(projectRoot, 'dist', folder, 'index.js')
  return { name, command: process.execPath, args: [program] }
}

/** Returns `USERS_URL` to `COMMENTS_URL`, which the router and the subgraphs read. */
function subgraphUrls(port: number): Record<string, string> {
  return Object.fromEntries(
    subgraphs.map(({ name }) => [subgraphUrlVariable(name), localSubgraphUrl(name, port)]),
  )
}
