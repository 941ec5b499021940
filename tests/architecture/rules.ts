import { entryPoints } from './entryPoints'
import type { SourceFile } from './sourceFile'

/** The imports that the files of a folder may have, besides those of each other. */
interface AllowList {
  /**
   * Folders and files of ours, without `.ts`; `<name>` is the subgraph that the importing file belongs to. An entry point of
   * another package allows only itself.
   */
  ours: readonly string[]
  /** Packages of others. Modules of Node are always allowed. */
  packages: readonly string[]
}

const listEntryPoints = (...names: string[]): string[] =>
  entryPoints.filter((entry) => names.some((name) => isInside(entry, `packages/${name}`)))

const isInside = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)

const platform = 'packages/platform'
/** The entry points of platform that open no connection. */
const base = [platform, `${platform}/log`]
const sharedByAll = listEntryPoints('auth', 'sse', 'platform')
const kit = 'packages/subgraph-kit'
/**
 * The format of IDs, the requests that subgraphs exchange as events, and the entry points without a database, a network
 * and GraphQL.
 */
const pure = [
  ...['schema/ids', 'schema/contentRemoval', platform, 'packages/auth', 'packages/event-log/outbox'],
  ...[`${kit}/cache`, `${kit}/input`, `${kit}/pagination`, `${kit}/selectedFields`],
]
const engine = 'packages/federation-router'
const engineFolders = (...names: string[]) => names.map((name) => `${engine}/${name}`)
const executorBase = engineFolders(
  'executors/executor',
  'executors/introspection',
  'executors/variables',
  'planning',
  'supergraph',
  'transport',
)
const own = (...roles: string[]) => roles.map((role) => `subgraphs/<name>/${role}`)

/**
 * One allow-list per folder or file; the longest match decides. Types count as imports. An import that is missing here
 * points the wrong way, or needs a reason in review.
 */
const allowLists: Readonly<Record<string, AllowList>> = {
  schema: { ours: base, packages: ['graphql', 'graphql-tag', '@apollo/composition', 'zod'] },

  [platform]: { ours: [], packages: ['lru-cache', 'pino', 'zod'] },
  [`${platform}/http/httpClient`]: { ours: [platform], packages: ['undici'] },
  [`${platform}/telemetry`]: { ours: [platform], packages: ['prom-client', 'zod'] },
  [`${platform}/telemetry/otlpTracer`]: {
    ours: [platform],
    packages: [
      '@opentelemetry/api',
      '@opentelemetry/exporter-trace-otlp-http',
      '@opentelemetry/resources',
      '@opentelemetry/sdk-trace',
    ],
  },
  'packages/sse': { ours: [platform, `${platform}/http`], packages: [] },
  'packages/auth': {
    ours: [...base, `${platform}/http`],
    packages: ['jsonwebtoken', 'lru-cache', 'undici', 'zod'],
  },
  'packages/event-log': { ours: sharedByAll, packages: ['zod'] },
  'packages/event-log/telemetry': { ours: ['packages/event-log', ...sharedByAll], packages: ['prom-client'] },
  'packages/event-log/mongo': { ours: ['packages/event-log', ...sharedByAll], packages: ['mongoose'] },
  'packages/event-log/mongo/consumerPositions': {
    ours: ['packages/event-log', ...sharedByAll],
    packages: ['dataloader', 'mongoose'],
  },
  'packages/event-log/mongo/databaseTelemetry': {
    ours: ['packages/event-log', ...sharedByAll],
    packages: ['mongoose', 'prom-client'],
  },
  'packages/event-log/mongo/slowCommands': {
    ours: ['packages/event-log', ...sharedByAll],
    packages: ['lru-cache', 'mongoose'],
  },
  'packages/event-log/nats': {
    ours: ['packages/event-log', ...sharedByAll],
    packages: ['@nats-io/jetstream', '@nats-io/transport-node'],
  },
  [kit]: {
    ours: listEntryPoints('subgraph-kit', 'event-log', 'auth', 'sse', 'platform'),
    packages: [
      '@apollo/server',
      '@apollo/subgraph',
      'cockatiel',
      'dataloader',
      'graphql',
      'graphql-tag',
      'undici',
      'zod',
    ],
  },
  [`${kit}/mongo`]: {
    ours: [kit, 'packages/event-log/mongo', `${platform}/telemetry`, ...base],
    packages: ['cockatiel', 'mongoose'],
  },
  [`${kit}/telemetry`]: {
    ours: [kit, 'packages/event-log', 'packages/event-log/mongo', `${platform}/telemetry`, ...base],
    packages: ['prom-client'],
  },

  [engine]: { ours: [engine, ...sharedByAll], packages: ['graphql'] },
  [`${engine}/telemetry`]: { ours: [`${platform}/telemetry`], packages: ['prom-client'] },
  [`${engine}/authorization`]: {
    ours: [...engineFolders('executors', 'identity', 'planning', 'supergraph', 'transport'), ...sharedByAll],
    packages: ['graphql', 'lru-cache', 'zod'],
  },
  [`${engine}/request`]: {
    ours: [
      ...engineFolders('executors', 'planning', 'supergraph', 'transport'),
      ...engineFolders('authorization', 'identity', 'validation', 'limits', 'budgets', 'telemetry'),
      ...engineFolders('trusted-documents'),
      ...sharedByAll,
    ],
    packages: ['graphql', 'lru-cache', 'zod'],
  },
  [`${engine}/subscriptions`]: {
    ours: [
      ...engineFolders('request', 'executors', 'planning', 'supergraph', 'transport'),
      ...engineFolders('identity', 'budgets', 'telemetry'),
      ...sharedByAll,
    ],
    packages: ['graphql', 'graphql-ws', 'undici', 'ws'],
  },
  [`${engine}/executors`]: {
    ours: [...engineFolders('planning', 'supergraph', 'transport'), ...sharedByAll],
    packages: ['graphql', 'lru-cache'],
  },
  [`${engine}/executors/agora`]: {
    ours: [...executorBase, ...sharedByAll],
    packages: ['graphql', 'lru-cache'],
  },
  [`${engine}/executors/apollo`]: {
    ours: [...executorBase, ...sharedByAll],
    packages: ['@apollo/gateway', 'graphql', 'lru-cache'],
  },
  [`${engine}/planning`]: { ours: [...engineFolders('supergraph'), ...base], packages: ['graphql'] },
  [`${engine}/planning/apolloPlanner`]: {
    ours: [...engineFolders('planning', 'supergraph'), ...base],
    packages: ['@apollo/federation-internals', '@apollo/query-planner', 'graphql'],
  },
  [`${engine}/supergraph`]: { ours: base, packages: ['graphql'] },
  [`${engine}/transport`]: {
    ours: [`${engine}/telemetry`, ...sharedByAll],
    packages: ['cockatiel', 'graphql', 'undici', 'zod'],
  },
  [`${engine}/cache`]: {
    ours: [...engineFolders('transport', 'telemetry'), ...sharedByAll],
    packages: ['graphql', 'lru-cache', 'undici', 'zod'],
  },
  [`${engine}/cache/cacheMetrics`]: { ours: [`${platform}/telemetry`], packages: ['prom-client'] },
  [`${engine}/identity`]: {
    ours: [...engineFolders('telemetry'), ...sharedByAll],
    packages: ['graphql', 'lru-cache', 'undici'],
  },
  [`${engine}/validation`]: {
    ours: [...engineFolders('supergraph', 'planning'), ...base],
    packages: ['graphql', 'lru-cache'],
  },
  [`${engine}/limits`]: {
    ours: [...engineFolders('supergraph', 'planning', 'validation'), ...base],
    packages: ['graphql', 'lru-cache'],
  },
  [`${engine}/budgets`]: {
    ours: [...engineFolders('identity', 'validation', 'telemetry'), ...sharedByAll],
    packages: ['graphql', 'lru-cache'],
  },
  router: {
    ours: [
      'schema/ids',
      'schema/node',
      'schema/subgraphs',
      ...listEntryPoints('federation-router'),
      ...sharedByAll,
    ],
    packages: ['graphql', 'zod'],
  },
  // Runs in browsers.
  'router/explorer': {
    ours: ['router/landingPage/explorerConfig', 'router/landingPage/demoAccounts'],
    packages: [
      '@graphiql/plugin-history',
      '@graphiql/react',
      '@graphiql/toolkit',
      'graphiql',
      'graphql',
      'graphql-sse',
      'react',
      'react-dom',
    ],
  },
  'router/landingPage': { ours: ['router', engine, ...sharedByAll], packages: ['graphql'] },

  'subgraphs/<name>/domain': { ours: pure, packages: ['@hapi/address', 'markdown-it', 'zod'] },
  'subgraphs/<name>/repository': {
    ours: [
      ...own('domain'),
      `${kit}/migrations`,
      `${kit}/mongo`,
      'packages/event-log',
      'packages/event-log/mongo',
      ...pure,
    ],
    packages: ['mongoose'],
  },
  'subgraphs/<name>/loaders': {
    ours: [...own('repository', 'domain'), `${kit}/loaders`, ...pure],
    packages: ['dataloader'],
  },
  'subgraphs/<name>/service': {
    ours: [...own('loaders', 'repository', 'domain'), `${kit}/loaders`, 'packages/event-log', ...pure],
    packages: ['@node-rs/argon2', 'dataloader', 'jsonwebtoken', 'nodemailer', 'openid-client', 'zod'],
  },
  'subgraphs/<name>/messaging': {
    ours: [
      ...own('service', 'loaders', 'repository', 'domain'),
      ...[kit, `${kit}/cache`, `${kit}/peers`],
      ...['packages/event-log', 'packages/event-log/outbox', 'schema/contentRemoval'],
      ...sharedByAll,
    ],
    packages: ['zod'],
  },
  'subgraphs/<name>/__generated__': {
    ours: [...own('context', 'domain'), `${kit}/pagination`],
    packages: ['graphql'],
  },
  'subgraphs/<name>/context': { ours: [...own('service', 'loaders'), kit, `${kit}/cache`], packages: [] },
  'subgraphs/<name>/resolvers': {
    ours: [
      ...own('__generated__', 'context', 'service', 'domain', 'messaging/eventMappers'),
      ...[kit, platform, 'packages/auth', 'schema/ids'],
    ],
    packages: ['graphql'],
  },
  'subgraphs/<name>/config': {
    ours: [...own('domain', 'service'), 'schema/subgraphs', `${kit}/config`, 'packages/auth', platform],
    packages: ['zod'],
  },
  'subgraphs/<name>/metrics': {
    ours: [...own('domain'), platform, `${platform}/telemetry`],
    packages: ['prom-client'],
  },
  'subgraphs/<name>/subgraph': {
    ours: [
      ...own('resolvers', 'context', 'messaging', 'metrics', 'service', 'loaders', 'repository', 'domain'),
      ...[kit, `${kit}/mongo`, `${kit}/peers`, 'packages/auth', platform, `${platform}/http`],
    ],
    packages: [],
  },
  'subgraphs/<name>/index': {
    ours: [...own('subgraph', 'config'), kit, `${kit}/peers`, platform, `${platform}/sourceMaps`],
    packages: [],
  },
}

/** Programs that compose the parts, and the imports that are forbidden to them. */
const compositions: Readonly<Record<string, readonly string[]>> = {
  cli: ['tests', 'client', 'bench'],
  bench: ['tests', 'client'],
}

/** Returns one line for each import, name or call that breaks the architecture. Tests are free. */
export function findArchitectureProblems(files: readonly SourceFile[]): string[] {
  return [
    ...files.flatMap((file) => [
      ...findForbiddenImports(file),
      ...findDeepImports(file),
      ...findDomainNouns(file),
      ...findEnvironmentReads(file),
      ...findUnboundedNormalization(file),
    ]),
    ...findImportCycles(files),
  ]
}

function findForbiddenImports({ path, imports, packages }: SourceFile): string[] {
  const top = path.split('/')[0] ?? ''
  if (top === 'client') {
    return imports.filter((each) => !isInside(each, 'client')).map((each) => `${path} imports ${each}`)
  }
  const excluded = compositions[top]
  if (excluded) {
    return imports
      .filter((each) => excluded.some((folder) => isInside(each, folder)))
      .map((each) => `${path} imports ${each}`)
  }
  const name = /^subgraphs\/([^/]+)\//.exec(path)?.[1]
  const folder = findFolder(path, name)
  const allowList = folder === undefined ? undefined : allowLists[folder]
  if (folder === undefined || !allowList) return [`${path} is in a folder without an allow-list`]
  const ours = [folder, ...allowList.ours].map((each) => each.replace('<name>', name ?? ''))
  return [
    ...imports
      .filter((each) => !ours.some((allowed) => isAllowed(path, each, allowed)))
      .map((each) => `${path} imports ${each}`),
    ...packages
      .filter((each) => !each.startsWith('node:') && !allowList.packages.includes(readPackageName(each)))
      .map((each) => `${path} imports ${each}`),
  ]
}

const isAllowed = (path: string, imported: string, allowed: string): boolean =>
  readPackageFolder(path) !== readPackageFolder(imported) && entryPoints.includes(allowed)
    ? imported === allowed
    : isInside(imported, allowed)

const readPackageFolder = (path: string): string | undefined => /^packages\/[^/]+/.exec(path)?.[0]

/** Finds imports of a package's files from outside it, instead of its entry points. */
function findDeepImports({ path, imports }: SourceFile): string[] {
  return imports
    .filter(
      (each) => readPackageFolder(each) !== undefined && readPackageFolder(each) !== readPackageFolder(path),
    )
    .filter((each) => !entryPoints.includes(each))
    .map((each) => `${path} imports ${each}, which is no entry point of its package`)
}

/** Returns the longest key of the allow-lists that contains a file. */
function findFolder(path: string, name: string | undefined): string | undefined {
  const parts = (name ? path.replace(`subgraphs/${name}/`, 'subgraphs/<name>/') : path)
    .replace(/\.tsx?$/, '')
    .split('/')
  for (let length = parts.length; length > 0; length--) {
    const candidate = parts.slice(0, length).join('/')
    if (candidate in allowLists) return candidate
  }
  return undefined
}

/** Returns `@apollo/server` for `@apollo/server/plugin/disabled`. */
export function readPackageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** Returns the first import cycle that each file is part of, once per set of files. */
function findImportCycles(files: readonly SourceFile[]): string[] {
  const importsByPath = new Map(files.map(({ path, imports }) => [path.replace(/\.tsx?$/, ''), imports]))
  const resolve = (module: string) => (importsByPath.has(module) ? module : `${module}/index`)
  const finished = new Set<string>()
  const trail: string[] = []
  const cycles = new Map<string, string>()
  function visit(module: string): void {
    const start = trail.indexOf(module)
    if (start >= 0) {
      const cycle = trail.slice(start)
      cycles.set([...cycle].sort().join(), `import cycle: ${[...cycle, module].join(' -> ')}`)
    }
    if (start >= 0 || finished.has(module)) return
    trail.push(module)
    for (const imported of importsByPath.get(module) ?? []) visit(resolve(imported))
    trail.pop()
    finished.add(module)
  }
  for (const module of importsByPath.keys()) visit(module)
  return [...cycles.values()]
}

const nouns = ['user', 'event', 'post', 'comment', 'registration']
/**
 * Names of the contract that every subgraph shares, of the header `user-agent`, and those of Node and graphql-js for
 * the events of an emitter.
 */
const sharedNames =
  /^(UserErrors?|UserErrorCode|userErrors?|badUserInput|userAgent|EventEmitter|(add|remove)EventListener|createSourceEventStream)$/

/** An event log, a subscription, a security log and an event loop name events too, and so do the settings of the event log. */
const namesEvents =
  /^packages\/(event-log\/|platform\/telemetry\/processMetrics\.ts$|sse\/|subgraph-kit\/(cache|subscriptions|server|telemetry)\/|subgraph-kit\/(config|index)\.ts$|auth\/securityLog\.ts$|platform\/config\/environment\.ts$)/
const listForbiddenNouns = (path: string): string[] =>
  namesEvents.test(path) ? nouns.filter((noun) => noun !== 'event') : nouns

/** Finds words of names in the packages that are nouns of the domain: `postId`, `requireUser`, `EventStatus`. */
function findDomainNouns({ path, identifiers }: SourceFile): string[] {
  if (!path.startsWith('packages/') || isInside(path, engine)) return []
  const forbidden = listForbiddenNouns(path)
  return [...identifiers]
    .filter((identifier) => !sharedNames.test(identifier))
    .filter((identifier) =>
      splitIntoWords(identifier).some((word) => forbidden.includes(word.replace(/s$/, ''))),
    )
    .map((identifier) => `${path} names ${identifier}: packages know no noun of the domain`)
}

const splitIntoWords = (identifier: string): string[] =>
  identifier
    .split(/[_$]|(?<=[a-z0-9])(?=[A-Z])/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase())

const environmentFile = 'packages/platform/config/environment.ts'

function findEnvironmentReads({ path, readsEnvironment }: SourceFile): string[] {
  const mayRead = path === environmentFile || isInside(path, 'bench')
  return readsEnvironment && !mayRead ? [`${path} reads process.env: only ${environmentFile} does`] : []
}

/** The file that bounds the texts that it normalizes: normalization takes quadratic time for a long run of combining marks. */
const normalizingFile = 'packages/platform/text/text.ts'

function findUnboundedNormalization({ path, normalizes }: SourceFile): string[] {
  return normalizes && path !== normalizingFile
    ? [`${path} calls normalize: only ${normalizingFile} does, which bounds the work`]
    : []
}
