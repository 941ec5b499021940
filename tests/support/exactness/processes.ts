import { spawn, type ChildProcess } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'

import { openEventLog } from '../../../packages/event-log/openEventLog'
import { jwksPath } from '../../../packages/auth/accessTokenClaims'
import { projectRoot } from '../../../packages/platform/config/projectRoot'
import { createLog } from '../../../packages/platform/log'
import { openDatabase } from '../../../packages/subgraph-kit/mongo/database'
import { localSubgraphUrl, subgraphs as subgraphList, type SubgraphName } from '../../../schema/subgraphs'
import { urlVariableOf } from '../deployedParts'
import { startRouter } from '../federation-router/testRouter'
import { freePorts, waitUntil } from '../processes'
import { dropDatabase, routerSecret, testDatabaseName, testMongodbUri } from '../subgraph'
import { administrator } from '../supergraph'
import { readSupergraphFile } from '../../../packages/federation-router'
import { hasInvalidations, startProxies } from './inProcess'
import type { ExactnessSystem } from './system'

/** Starts each subgraph in a process of its own, which can be killed. @param eventLogUrl a NATS server, in place of the database */
export async function startProcesses(eventLogUrl?: string): Promise<ExactnessSystem> {
  const port = await freePorts()
  const urlOf = (name: SubgraphName) => localSubgraphUrl(name, port)
  const databases = {
    users: testDatabaseName('users'),
    events: testDatabaseName('events'),
    posts: testDatabaseName('posts'),
    comments: testDatabaseName('comments'),
  }
  const eventLogDatabase = testDatabaseName('feed')
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const common = {
    ...Object.fromEntries(subgraphList.map(({ name }) => [urlVariableOf(name), urlOf(name)])),
    MONGODB_URI: testMongodbUri(),
    EVENT_LOG_DATABASE: eventLogDatabase,
    ...(eventLogUrl !== undefined && { EVENT_LOG_URL: eventLogUrl }),
    ROUTER_SECRET: routerSecret,
    JWT_PRIVATE_KEY: String(privateKey.export({ format: 'pem', type: 'pkcs8' })),
    ADMIN_EMAIL: administrator.email,
    ADMIN_PASSWORD: administrator.password,
    WRITE_LIMITS: 'false',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'silent',
  }
  const children = new Map<SubgraphName, ChildProcess>()

  async function startSubgraph(name: SubgraphName): Promise<void> {
    const { port: ownPort } = new URL(urlOf(name))
    const { PATH, HOME } = process.env
    const env = { PATH, HOME, ...common, PORT: ownPort, MONGODB_DATABASE: databases[name] }
    const program = join(projectRoot, 'dist', 'subgraphs', name, 'index.js')
    children.set(name, spawn(process.execPath, [program], { env, stdio: ['ignore', 'ignore', 'inherit'] }))
    const ready = new URL('/health/ready', urlOf(name))
    await waitUntil(`${name} is ready`, () =>
      fetch(ready).then(
        ({ ok }) => ok,
        () => false,
      ),
    )
  }

  async function kill(name: SubgraphName): Promise<void> {
    const child = children.get(name)
    if (!child) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  await Promise.all(subgraphList.map(({ name }) => startSubgraph(name)))
  const log = createLog('tests', 'silent')
  const mongodbUri = testMongodbUri()
  const eventLog = await openEventLog({ url: eventLogUrl, mongodbUri, database: eventLogDatabase, log })
  const open = async (name: SubgraphName) => ({
    connection: await openDatabase(mongodbUri, databases[name]),
    eventLog,
  })
  const subgraphs = {
    users: await open('users'),
    events: await open('events'),
    posts: await open('posts'),
    comments: await open('comments'),
  }
  const proxies = await startProxies(urlOf)
  const supergraph = readSupergraphFile(join(projectRoot, 'schema', 'supergraph.graphql'))
  const settings = {
    ROUTER_SECRET: routerSecret,
    JWKS_URL: new URL(jwksPath, urlOf('users')).href,
    REQUEST_TIMEOUT_MS: '60000',
    QUERY_TIMEOUT_MS: '60000',
    MUTATION_TIMEOUT_MS: '60000',
  }
  const routers: Awaited<ReturnType<typeof startRouter>>[] = []
  const start = async (urlOfSubgraph: (name: SubgraphName) => string, own: Record<string, string> = {}) => {
    const urls = new Map(subgraphList.map(({ name }) => [urlVariableOf(name), urlOfSubgraph(name)]))
    const router = await startRouter({ ...settings, ...own }, urls, supergraph)
    routers.push(router)
    return `${router.url}/graphql`
  }
  const startCachedRouter = () => start((name) => `${proxies[name].url}/graphql`)
  let cachedUrl = await startCachedRouter()
  const otherUrl = await start(urlOf)
  return {
    uncachedUrl: await start(urlOf, { CACHE: 'off' }),
    readCachedUrls: () => [cachedUrl, otherUrl],
    subgraphs,
    async restartRouter() {
      cachedUrl = await startCachedRouter()
    },
    dropConnections: (name) => proxies[name].dropConnections(),
    hasInvalidations: (name, position) => hasInvalidations(proxies[name], position),
    async killSubgraph(name) {
      await kill(name)
      await startSubgraph(name)
    },
    async close() {
      await Promise.all(routers.map((router) => router.close()))
      await Promise.all(Object.values(proxies).map((proxy) => proxy.close()))
      await Promise.all(subgraphList.map(({ name }) => kill(name)))
      await eventLog.close()
      await Promise.all(Object.values(subgraphs).map(({ connection }) => connection.close()))
      for (const name of [...Object.values(databases), eventLogDatabase]) await dropDatabase(name)
    },
  }
}
