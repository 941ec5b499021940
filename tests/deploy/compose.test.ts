import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DCLinter } from 'dclint'
import { parse } from 'yaml'
import { z } from 'zod'

import { externalMongodbHint } from '../../cli/embedded-mongodb/requireEngine'
import { projectRoot } from '../../packages/platform/config/projectRoot'
import { jwksPath } from '../../packages/auth/accessTokenClaims'
import { readConfig } from '../../packages/platform/config/environment'
import {
  configShapes,
  entryFileOf,
  listPeers,
  listRequiredVariables,
  listSettings,
  parts,
  portOf,
  sampleSecrets,
  subgraphNames,
  urlVariableOf,
  type Part,
} from '../support/deployedParts'

const read = (file: string) => readFileSync(join(projectRoot, file), 'utf8')

const scalar = z.union([z.string(), z.number()]).transform(String)
const serviceShape = z.looseObject({
  build: z.string().optional(),
  image: z.string(),
  entrypoint: z.array(z.string()).default([]),
  command: z.array(z.string()).default([]),
  // A variable without a value is passed on from .env.
  environment: z.record(z.string(), scalar.nullable()).default({}),
  ports: z.array(z.string()).default([]),
  profiles: z.array(z.string()).default([]),
  networks: z.array(z.string()).default(['default']),
  depends_on: z
    .union([z.array(z.string()), z.record(z.string(), z.looseObject({ condition: z.string() }))])
    .optional(),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
})
const composeShape = z.object({ services: z.record(z.string(), serviceShape) })

const { services } = composeShape.parse(parse(read('docker-compose.yml'), { merge: true }))
const names = subgraphNames

function readService(name: string) {
  const service = services[name]
  if (!service) throw new Error(`docker-compose.yml has no service ${name}`)
  return service
}

const { MONGODB_URI: _, ...secrets } = sampleSecrets

/** Interpolates like Compose (https://docs.docker.com/reference/compose-file/interpolation/), for the forms in use. */
function interpolate(text: string, environment: Record<string, string>): string {
  return text.replace(
    /\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}/g,
    (all, name?: string, kind?: string, rest = '') => {
      if (name === undefined) return all.slice(1)
      if (environment[name]) return environment[name]
      if (kind === '-') return rest
      throw new Error(`${name} must be set`)
    },
  )
}

const readEnvironment = (name: string, environment = secrets) =>
  Object.fromEntries(
    Object.entries(readService(name).environment).flatMap(([key, value]) => {
      const text = value === null ? environment[key] : interpolate(value, environment)
      return text === undefined ? [] : [[key, text]]
    }),
  )

it('follows the Compose specification', () => {
  const rules = Object.fromEntries(
    [
      'no-duplicate-container-names',
      'no-duplicate-exported-ports',
      'no-version-field',
      'service-image-require-explicit-tag',
    ].map((rule) => [rule, 2 as const]),
  )
  const linter = new DCLinter({ rules, quiet: true, debug: false, exclude: [] })
  const [result] = linter.lintFiles([join(projectRoot, 'docker-compose.yml')], false)
  // An invalid file has one message, of the rule `invalid-schema`.
  const enabled = new Set([...Object.keys(rules), 'invalid-schema', 'invalid-yaml'])
  expect(result?.messages.filter(({ rule }) => enabled.has(rule))).toEqual([])
})

it('starts a service for the database, each subgraph and the router, and others in profiles only', () => {
  const byProfile = (profile?: string) =>
    Object.keys(services).filter((name) => readService(name).profiles[0] === profile)
  expect(byProfile().sort()).toEqual(['mongodb', ...parts].sort())
  expect(byProfile('nats')).toEqual(['nats'])
  expect(byProfile('monitoring').sort()).toEqual(['grafana', 'jaeger', 'prometheus'])
})

it.each(Object.keys(services))('%s has limits and no privileges, and its logs are rotated', (name) => {
  expect(readService(name)).toMatchObject({
    restart: 'unless-stopped',
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '5' } },
    mem_limit: expect.stringMatching(/^\d+[mg]$/),
    cpus: expect.any(Number),
    pids_limit: expect.any(Number),
  })
})

it('connects only the subgraphs to the databases', () => {
  const inData = Object.keys(services).filter((name) => readService(name).networks.includes('data'))
  expect(inData.sort()).toEqual(['mongodb', 'nats', ...names].sort())
  for (const name of ['mongodb', 'nats']) expect(readService(name).networks).toEqual(['data'])
})

describe.each(parts)('%s', (name) => {
  const variables = Object.keys(listSettings(name))
  const addresses = listPeers(name).map(urlVariableOf)

  it('gets a valid configuration', () => {
    expect(() => readConfig(configShapes[name], readEnvironment(name))).not.toThrow()
  })

  it('gets every setting that it reads, and no other', () => {
    const readByLibraries = ['NODE_ENV', 'OTEL_EXPORTER_OTLP_HEADERS']
    const known = new Set([...variables, ...addresses, ...readByLibraries])
    expect(Object.keys(readService(name).environment).sort()).toEqual([...known].sort())
    expect(Object.keys(readEnvironment(name))).toEqual(
      expect.arrayContaining([...listRequiredVariables(name), ...addresses]),
    )
  })

  it('gets the URLs of its peers, with their names and ports', () => {
    for (const peer of listPeers(name))
      expect(readEnvironment(name)[urlVariableOf(peer)]).toBe(`http://${peer}:${portOf(peer)}/graphql`)
    expect(readEnvironment(name)['PORT']).toBe(String(portOf(name)))
  })

  it('takes secrets only from the environment of Compose', () => {
    for (const key of ['ROUTER_SECRET', 'JWT_PRIVATE_KEY'].filter((each) => variables.includes(each))) {
      expect(readService(name).environment[key]).toMatch(/^\$\{\w+:\?/)
      const { [key]: _, ...others } = secrets
      expect(() => readEnvironment(name, others)).toThrow(`${key} must be set`)
    }
  })

  it('runs its own entry file, from the shared image, in production', () => {
    const { command, build, image } = readService(name)
    expect({ command: command.at(-1), build, image }).toEqual({
      command: `dist/${entryFileOf(name)}.js`,
      build: '.',
      image: 'agora',
    })
    expect(read(`${entryFileOf(name)}.ts`)).toContain('runProcess(')
    expect(readEnvironment(name)).toMatchObject({ NODE_ENV: 'production', HOST: '0.0.0.0' })
  })

  it('uses the health check of the image', () => {
    expect(readService(name).healthcheck).toBeUndefined()
  })
})

it.each(names)('%s waits for the database server, and for NATS where it is used', (name) => {
  expect(readEnvironment(name)['MONGODB_URI']).toBe(
    'mongodb://agora:a password@mongodb:27017/?replicaSet=agora',
  )
  expect(readService(name).depends_on).toEqual({
    mongodb: { condition: 'service_healthy' },
    nats: { condition: 'service_healthy', required: false },
  })
})

it('publishes only the router to other machines, and the database to this one at the address that the start-up message names', () => {
  const published = Object.entries(services).flatMap(([name, { ports }]) =>
    ports.some((each) => !each.startsWith('127.0.0.1:')) ? [name] : [],
  )
  expect(published).toEqual(['router'])
  const port = readEnvironment('router')['PORT']
  const readPorts = (name: string) => readService(name).ports.map((each) => interpolate(each, {}))
  expect(readPorts('router')).toEqual([`4000:${port}`])
  expect(readPorts('mongodb')).toEqual(['127.0.0.1:27017:27017'])
  expect(externalMongodbHint).toContain(
    'mongodb://agora:<MONGODB_PASSWORD>@127.0.0.1:27017/?directConnection=true',
  )
})

it('the router reads the keys of users and signs with the shared secret', () => {
  const environment = readEnvironment('router')
  expect(environment['JWKS_URL']).toBe(`http://users:${readEnvironment('users')['PORT']}${jwksPath}`)
  for (const variable of ['JWT_ISSUER', 'JWT_AUDIENCE'])
    expect(environment[variable]).toBe(readEnvironment('users')[variable])
  expect(new Set(parts.map((name: Part) => readEnvironment(name)['ROUTER_SECRET'])).size).toBe(1)
})

it('the health check of the database initiates the replica set that the subgraphs connect to', () => {
  const { command, healthcheck } = readService('mongodb')
  const set = command[command.indexOf('--replSet') + 1]
  expect(healthcheck?.test.join(' ')).toContain(
    `rs.initiate({ _id: '${set}', members: [{ _id: 0, host: 'mongodb:27017' }] })`,
  )
  for (const name of names) expect(readEnvironment(name)['MONGODB_URI']).toContain(`replicaSet=${set}`)
})

it('the database accepts only authenticated clients and members, and its health check authenticates', () => {
  const { entrypoint, command, environment, healthcheck } = readService('mongodb')
  const keyFile = command[command.indexOf('--keyFile') + 1] ?? ''
  expect(command.indexOf('--keyFile')).toBeGreaterThan(0)
  const [shell, flags, script = '', ...rest] = entrypoint.map((each) => interpolate(each, secrets))
  expect([shell, flags, ...rest]).toEqual(['bash', '-ec', 'docker-entrypoint.sh'])
  expect(script.trim().split('\n')).toEqual([
    // mongod refuses a key file that others can read.
    `install -m 600 /dev/null ${keyFile}`,
    `printf '%s' "$MONGODB_REPLICA_SET_KEY" > ${keyFile}`,
    // The arguments begin with mongod, so that the image's entrypoint creates the user.
    'exec docker-entrypoint.sh "$@"',
  ])
  expect(command[0]).toBe('mongod')
  expect(readEnvironment('mongodb')).toEqual({
    MONGO_INITDB_ROOT_USERNAME: 'agora',
    MONGO_INITDB_ROOT_PASSWORD: 'a password',
    MONGODB_REPLICA_SET_KEY: 'a key',
  })
  for (const key of ['MONGO_INITDB_ROOT_PASSWORD', 'MONGODB_REPLICA_SET_KEY'])
    expect(environment[key]).toMatch(/^\$\{\w+:\?/)
  const check = healthcheck?.test.join(' ') ?? ''
  expect(check).toContain('MONGO_INITDB_ROOT_PASSWORD: password } = process.env')
  expect(check.indexOf('.auth(user, password)')).toBeGreaterThan(0)
  expect(check.indexOf('.auth(user, password)')).toBeLessThan(check.indexOf('rs.status()'))
})

it('the script creates a key file that only its owner can read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'agora-key-'))
  const file = join(folder, 'replica-set.key')
  const script = interpolate(readService('mongodb').entrypoint[2] ?? '', secrets)
    .replaceAll('/tmp/replica-set.key', file)
    .replace('exec docker-entrypoint.sh', 'echo')
  const run = () =>
    execFileSync('bash', ['-ec', script, 'docker-entrypoint.sh', 'mongod', '--replSet'], {
      env: { PATH: process.env['PATH'], MONGODB_REPLICA_SET_KEY: 'a+key/of=' },
      stdio: ['ignore', 'pipe', 'inherit'],
    }).toString()
  try {
    expect(run()).toBe('mongod --replSet\n')
    expect(readFileSync(file, 'utf8')).toBe('a+key/of=')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    // A restarted container has the file already.
    expect(run()).toBe('mongod --replSet\n')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('.env.example lists every variable of Compose itself, and only variables that are used', () => {
  const interpolated = [...read('docker-compose.yml').matchAll(/\$\{(\w+)/g)].map(([, name]) => name)
  const passedOn = parts.flatMap((part) => Object.keys(readService(part).environment))
  const listed = [...read('.env.example').matchAll(/^(\w+)=/gm)].map(([, name]) => name)
  expect(listed).toEqual(expect.arrayContaining(interpolated))
  const used = new Set([...interpolated, ...passedOn])
  expect(listed.filter((name) => !used.has(name))).toEqual([])
})
