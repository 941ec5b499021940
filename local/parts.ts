import { join } from 'node:path'
import { projectRoot } from '../schema/root'
import { localUrl, subgraphs, urlVariable, type SubgraphName } from '../schema/subgraphs'
import type { Config } from './config'
import type { Keys } from './keys'
import type { Address } from './ports'
import type { PartDefinition } from './supervisor/part'

const loopback = '127.0.0.1'

/** The router and the subgraphs, with where each is going to listen. */
export function addresses(config: Pick<Config, 'PORT' | 'HOST'>): Address[] {
  return [
    { name: 'router', host: config.HOST, port: config.PORT },
    ...subgraphs.map(({ name, portOffset }) => ({ name, host: loopback, port: config.PORT + portOffset })),
  ]
}

/** Where a person on this machine finds the router, without a path. */
export function routerUrl({ PORT: port, HOST: host }: Pick<Config, 'PORT' | 'HOST'>): string {
  const everywhere = host === '0.0.0.0' || host === '::'
  const shown = everywhere ? loopback : host.includes(':') ? `[${host}]` : host
  return `http://${shown}:${port}`
}

/** The subgraphs' databases in a system of this machine. */
export const systemDatabases: Readonly<Record<SubgraphName, string>> = {
  users: 'agora_users',
  events: 'agora_events',
  posts: 'agora_posts',
  comments: 'agora_comments',
}

/** The four subgraphs as processes on one MongoDB, each with a database and a port of its own. */
export function subgraphParts(config: Config, keys: Keys, mongodbUri: string): PartDefinition[] {
  return subgraphs.map(({ name, portOffset }) => {
    const port = config.PORT + portOffset
    return {
      ...nodeProgram(name, join('subgraphs', name)),
      env: {
        ...subgraphUrls(config.PORT),
        PORT: String(port),
        HOST: loopback,
        MONGODB_URI: mongodbUri,
        MONGODB_DATABASE: systemDatabases[name],
        ROUTER_SECRET: keys.routerSecret,
        JWT_PRIVATE_KEY: keys.jwtPrivateKey,
        LOG_LEVEL: config.LOG_LEVEL,
        // They end after the router, their only client.
        DRAIN_MS: '0',
      },
      ready: { by: 'http', url: `http://${loopback}:${port}/health/ready` },
    }
  })
}

/** The router, in front of the subgraphs of the same PORT. */
export function routerPart(config: Config, keys: Keys): PartDefinition {
  return {
    ...nodeProgram('router', 'router'),
    env: {
      ...subgraphUrls(config.PORT),
      PORT: String(config.PORT),
      HOST: config.HOST,
      ROUTER_SECRET: keys.routerSecret,
      JWKS_URL: new URL('/.well-known/jwks.json', localUrl('users', config.PORT)).href,
      LOG_LEVEL: config.LOG_LEVEL,
    },
    ready: { by: 'http', url: `${routerUrl(config)}/health/ready` },
    drainMilliseconds: config.DRAIN_MS,
  }
}

function nodeProgram(
  name: SubgraphName | 'router',
  folder: string,
): Pick<PartDefinition, 'name' | 'command' | 'args'> {
  const program = join(projectRoot, 'dist', folder, 'index.js')
  return { name, command: process.execPath, args: ['--enable-source-maps', program] }
}

/** `USERS_URL` and so on, as the router and the subgraphs that ask one another read them. */
function subgraphUrls(port: number): Record<string, string> {
  return Object.fromEntries(subgraphs.map(({ name }) => [urlVariable(name), localUrl(name, port)]))
}
