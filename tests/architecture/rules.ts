import { posix } from 'node:path'

import type { SourceFile } from './sourceFile'

/**
 * What files break of "Which way imports point": one line for each problem. Only program files count, not tests.
 */
export function findArchitectureProblems(files: readonly SourceFile[]): string[] {
  return [
    ...files.flatMap((file) => [
      ...areaProblems(file),
      ...layerProblems(file),
      ...packageProblems(file),
      ...nounProblems(file),
      ...environmentProblems(file),
      ...normalizationProblems(file),
    ]),
    ...gatewayProblems(files),
  ]
}

const matches = (patterns: readonly RegExp[], value: string): boolean =>
  patterns.some((pattern) => pattern.test(value))

// ---------------------------------------------------------------- between the folders

/** `subgraphs/posts`, `subgraphs/shared`, or the top folder: `router`, `schema` … */
function areaOf(path: string): string {
  const [top = '', second = ''] = path.split('/')
  return top === 'subgraphs' ? `${top}/${second}` : top
}

/** What of shared is about serving a subgraph: nothing for the router. */
const servesSubgraphs = [
  /^subgraphs\/shared\/subgraph\//,
  /^subgraphs\/shared\/feed\//,
  /^subgraphs\/shared\/(database|keyset|searchQuery|textIndex|readLimiter|readBounds|pagination|batch|payload)$/,
  /^subgraphs\/shared\/rateLimit\/mongoRateLimiter$/,
]

function areaProblems({ path, imports }: SourceFile): string[] {
  const from = areaOf(path)
  return imports.flatMap((imported) => {
    const to = areaOf(imported)
    const why = from === to ? undefined : forbidden(from, to, imported)
    return why ? [`${path} imports ${imported}: ${why}`] : []
  })
}

function forbidden(from: string, to: string, imported: string): string | undefined {
  const allowed = ['subgraphs/shared', 'schema']
  if (to === 'tests') return 'no program imports the tests'
  if (to === 'client') return 'the client is a package of its own'
  if (from === 'client') return 'the client is a package of its own'
  if (from === 'schema') return 'schema imports nothing of ours'
  if (from === 'subgraphs/shared') return to === 'schema' ? undefined : 'shared imports schema alone'
  if (from.startsWith('subgraphs/'))
    return allowed.includes(to) ? undefined : 'a subgraph imports shared and schema alone'
  if (from === 'router') {
    if (!allowed.includes(to)) return 'the router imports shared and schema alone'
    return matches(servesSubgraphs, imported) ? 'this part of shared is about serving a subgraph' : undefined
  }
  return undefined
}

// ---------------------------------------------------------------- inside a subgraph

/** From the database upwards; a file imports of what stands left of it. Helpers of no layer stand beside the entities. */
const layers = [
  'entity',
  'model',
  'repository',
  'loaders',
  'service',
  'resolvers',
  'subgraph',
  'index',
] as const
type Layer = (typeof layers)[number]

/** The layer of `subgraphs/<name>/…`, by the name of the file or of the folder that it stands in. */
function layerOf(path: string): Layer | undefined {
  const [top, name, ...rest] = path.replace(/\.ts$/, '').split('/')
  if (top !== 'subgraphs' || name === 'shared' || rest[0] === '__generated__') return undefined
  const role = rest[0] ?? ''
  if (role === 'context') return 'resolvers'
  return layers.find((layer) => role === layer || role.toLowerCase().endsWith(layer)) ?? 'entity'
}

function layerProblems({ path, imports }: SourceFile): string[] {
  const layer = layerOf(path)
  if (!layer) return []
  return imports.flatMap((imported) => {
    const other = areaOf(imported) === areaOf(path) ? layerOf(imported) : undefined
    if (!other) return []
    if (layers.indexOf(other) > layers.indexOf(layer)) {
      return [`${path} imports ${imported}: imports point from ${other} to ${layer}, not back`]
    }
    if (
      layer === 'resolvers' &&
      (other === 'model' || other === 'repository') &&
      !/\/context\.ts$/.test(path)
    ) {
      return [`${path} imports ${imported}: a resolver asks the service or a loader`]
    }
    return []
  })
}

// ---------------------------------------------------------------- packages of others

const graphqlPackages = [/^graphql(\/|$)/, /^graphql-/, /^@apollo\//]
const mongoosePackages = [/^mongoose(\/|$)/, /^mongodb(\/|$)/, /^bson$/]
const databaseFiles = [
  /^subgraphs\/(?!shared\/)[^/]+\/([a-z]+)?(model|repository|Model|Repository)\.ts$/,
  /^subgraphs\/(?!shared\/)[^/]+\/(model|repository)\//,
  /^subgraphs\/shared\/(database|keyset|searchQuery|textIndex)\.ts$/,
  /^subgraphs\/shared\/feed\/(capped\/|(lease|pendingEvents)\.ts$)/,
  /^subgraphs\/shared\/rateLimit\/mongoRateLimiter\.ts$/,
]
const knowNoGraphql: readonly (Layer | undefined)[] = ['entity', 'model', 'repository', 'loaders', 'service']

function packageProblems({ path, packages }: SourceFile): string[] {
  const layer = layerOf(path)
  const isConfig = /\/config\.ts$/.test(path)
  return packages.flatMap((name) => {
    const inParts = /^(subgraphs|router|schema|client)\//.test(path)
    if (inParts && matches(mongoosePackages, name) && !matches(databaseFiles, path)) {
      return [
        `${path} imports ${name}: only model.ts, repository.ts and shared's database files know mongoose`,
      ]
    }
    if (matches(graphqlPackages, name) && knowNoGraphql.includes(layer) && !isConfig) {
      return [`${path} imports ${name}: the ${layer} layer knows no GraphQL`]
    }
    return []
  })
}

const apolloPackages: readonly { name: string; pattern: RegExp }[] = [
  { name: "Apollo's gateway", pattern: /^@apollo\/gateway(\/|$)/ },
  {
    name: "Apollo's planner",
    pattern: /^@apollo\/(query-planner|query-graphs|federation-internals)(\/|$)/,
  },
]

/** Apollo's gateway and its planner each stand in one file of the router, so that they can be replaced. */
function gatewayProblems(files: readonly SourceFile[]): string[] {
  return apolloPackages.flatMap(({ name, pattern }) => {
    const users = files.filter(({ packages }) => packages.some((used) => pattern.test(used)))
    const inRouter = users.filter(({ path }) => areaOf(path) === 'router')
    return [
      ...users
        .filter((file) => !inRouter.includes(file))
        .map(({ path }) => `${path} imports ${name}: only one file of router/ may`),
      ...inRouter.slice(1).map(({ path }) => `${path} imports ${name}: ${inRouter[0]?.path} does already`),
    ]
  })
}

// ---------------------------------------------------------------- names and the environment

const nouns = ['user', 'event', 'post', 'comment', 'registration']
/** Names of the contract that every subgraph shares, and those of Node and graphql-js for what an emitter emits. */
const notTheNoun =
  /^(UserErrors?|UserErrorCode|userErrors?|badUserInput|EventEmitter|addEventListener|createSourceEventStream)$/

/** What the feed carries and what a security log contains are called events too, whatever they are about. */
const namesEvents = /^subgraphs\/shared\/(feed\/|securityLog\.ts$)/
const nounsIn = (path: string): string[] =>
  namesEvents.test(path) ? nouns.filter((noun) => noun !== 'event') : nouns

/** A word of a name in shared that is one of the domain's nouns: `postId`, `requireUser`, `EventStatus`. */
function nounProblems({ path, identifiers }: SourceFile): string[] {
  if (areaOf(path) !== 'subgraphs/shared') return []
  return [...identifiers]
    .filter((identifier) => !notTheNoun.test(identifier))
    .filter((identifier) => words(identifier).some((word) => nounsIn(path).includes(word.replace(/s$/, ''))))
    .map((identifier) => `${path} names ${identifier}: no domain noun stands in shared`)
}

const words = (identifier: string): string[] =>
  identifier
    .split(/[_$]|(?<=[a-z0-9])(?=[A-Z])/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase())

function environmentProblems({ path, readsEnvironment }: SourceFile): string[] {
  const mayRead =
    path === 'packages/platform/config/environment.ts' || posix.dirname(path).split('/')[0] === 'bench'
  return readsEnvironment && !mayRead
    ? [`${path} reads process.env: only packages/platform/config/environment.ts does`]
    : []
}

/** The file that bounds what it normalises: it takes quadratic time for a long run of combining marks. */
const normalizingFile = 'packages/platform/text/text.ts'

function normalizationProblems({ path, normalizes }: SourceFile): string[] {
  return normalizes && path !== normalizingFile
    ? [
        `${path} calls normalize: only shared/text.ts may, which bounds the work (normalizeBounded, normalizeLong)`,
      ]
    : []
}
