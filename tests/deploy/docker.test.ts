import { generateKeyPairSync } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

import { externalMongodbHint } from '../../cli/embedded-mongodb/requireEngine'
import { configShape as router } from '../../router/config'
import { projectRoot } from '../../packages/platform/config/projectRoot'
import { subgraphs, subgraphUrlVariable } from '../../packages/platform/config/subgraphs'
import { configShape as comments } from '../../subgraphs/comments/config'
import { configShape as events } from '../../subgraphs/events/config'
import { configShape as posts } from '../../subgraphs/posts/config'
import { configShape as users } from '../../subgraphs/users/config'
import { jwksPath } from '../../packages/auth/accessTokenClaims'
import { readConfig } from '../../packages/platform/config/environment'

const read = (file: string) => readFileSync(join(projectRoot, file), 'utf8')

const scalar = z.union([z.string(), z.number()]).transform(String)
const serviceShape = z.object({
  build: z.string().optional(),
  image: z.string(),
  entrypoint: z.array(z.string()).default([]),
  command: z.array(z.string()),
  environment: z.record(z.string(), scalar).default({}),
  ports: z.array(z.string()).default([]),
  depends_on: z
    .union([z.array(z.string()), z.record(z.string(), z.object({ condition: z.string() }))])
    .optional(),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
})
const composeShape = z.object({ services: z.record(z.string(), serviceShape) })

const { services } = composeShape.parse(parse(read('docker-compose.yml'), { merge: true }))
const shapes = { users, events, posts, comments, router }
const names = subgraphs.map(({ name }) => name)
const parts = [...names, 'router'] as const

function readService(name: string) {
  const service = services[name]
  if (!service) throw new Error(`docker-compose.yml has no service ${name}`)
  return service
}

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const secrets: Record<string, string> = {
  ROUTER_SECRET: 'a secret of the tests, long enough',
  JWT_PRIVATE_KEY: String(privateKey.export({ format: 'pem', type: 'pkcs8' })).replaceAll('\n', '\\n'),
  MONGODB_PASSWORD: 'a password',
  MONGODB_REPLICA_SET_KEY: 'a key',
}

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
    Object.entries(readService(name).environment).map(([key, value]) => [
      key,
      interpolate(value, environment),
    ]),
  )

it('has a service for the database, each subgraph and the router, and no other', () => {
  expect(Object.keys(services).sort()).toEqual(['mongodb', ...parts].sort())
})

describe.each(parts)('%s', (name) => {
  const variables = Object.keys(shapes[name].shape)
  const addresses: string[] = name === 'router' ? names.map(subgraphUrlVariable) : []

  it('gets a valid configuration', () => {
    expect(() => readConfig<z.ZodRawShape>(shapes[name], readEnvironment(name))).not.toThrow()
  })

  it('gets no variable that it does not read', () => {
    // NODE_ENV is read by libraries, too.
    const known = [...variables, ...addresses, 'NODE_ENV']
    expect(Object.keys(readService(name).environment).filter((key) => !known.includes(key))).toEqual([])
  })

  it('gets every variable without a default', () => {
    const required = Object.entries(shapes[name].shape).flatMap(([key, shape]) =>
      shape.safeParse(undefined).success ? [] : [key],
    )
    expect(Object.keys(readEnvironment(name))).toEqual(expect.arrayContaining([...required, ...addresses]))
  })

  it('gets the URLs of its peers, with their names and ports', () => {
    for (const [key, value] of Object.entries(readEnvironment(name))) {
      const target = names.find((each) => subgraphUrlVariable(each) === key)
      if (target) expect(value).toBe(`http://${target}:${readEnvironment(target)['PORT']}/graphql`)
    }
    const urls = variables.filter((key) => key.endsWith('_URL'))
    expect(Object.keys(readEnvironment(name))).toEqual(expect.arrayContaining(urls))
  })

  it('takes secrets only from the environment of Compose', () => {
    for (const key of ['ROUTER_SECRET', 'JWT_PRIVATE_KEY'].filter((each) => variables.includes(each))) {
      expect(readService(name).environment[key]).toMatch(/^\$\{\w+:\?/)
      const { [key]: _, ...others } = secrets
      expect(() => readEnvironment(name, others)).toThrow(`${key} must be set`)
    }
  })

  it('runs its own entry file, from the shared image, in production', () => {
    const folder = name === 'router' ? 'router' : `subgraphs/${name}`
    const { command, build, image } = readService(name)
    expect({ command: command.at(-1), build, image }).toEqual({
      command: `dist/${folder}/index.js`,
      build: '.',
      image: 'agora',
    })
    expect(read(`${folder}/index.ts`)).toContain('runProcess(')
    expect(readEnvironment(name)).toMatchObject({ NODE_ENV: 'production', HOST: '0.0.0.0' })
  })

  it('uses the health check of the image', () => {
    expect(readService(name).healthcheck).toBeUndefined()
  })
})

it.each(names)('%s has its port and its own database, and waits for the database server', (name) => {
  const offset = subgraphs.find((each) => each.name === name)?.portOffset ?? 0
  const environment = readEnvironment(name)
  expect(environment).toMatchObject({ PORT: String(4000 + offset), MONGODB_DATABASE: `agora_${name}` })
  expect(environment['MONGODB_URI']).toBe('mongodb://agora:a password@mongodb:27017/?replicaSet=agora')
  expect(readService(name).depends_on).toEqual({ mongodb: { condition: 'service_healthy' } })
})

it('publishes only the router to other machines, and the database to this one at the address that the start-up message names', () => {
  const published = Object.entries(services).flatMap(([name, { ports }]) => (ports.length > 0 ? [name] : []))
  expect(published.sort()).toEqual(['mongodb', 'router'])
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
  expect(new Set(parts.map((name) => readEnvironment(name)['ROUTER_SECRET'])).size).toBe(1)
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
    `install -m 600 -o mongodb -g mongodb /dev/null ${keyFile}`,
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
  // As the image does it, but for the owner, whom this machine does not have.
  const folder = mkdtempSync(join(tmpdir(), 'agora-key-'))
  const file = join(folder, 'replica-set.key')
  const script = interpolate(readService('mongodb').entrypoint[2] ?? '', secrets)
    .replaceAll('/etc/replica-set.key', file)
    .replace('-o mongodb -g mongodb ', '')
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

it('.env.example lists every variable that docker-compose.yml interpolates', () => {
  const used = [...read('docker-compose.yml').matchAll(/\$\{(\w+)/g)].map(([, name]) => name)
  const named = [...read('.env.example').matchAll(/^(\w+)=/gm)].map(([, name]) => name)
  expect(named.sort()).toEqual([...new Set(used)].sort())
})

describe('the image', () => {
  const stages = read('Dockerfile')
    .split(/^FROM /m)
    .slice(1)
  const last = stages.at(-1) ?? ''

  it('is built in stages on Node 24, without development dependencies', () => {
    expect(stages.length).toBe(2)
    for (const stage of stages) expect(stage).toMatch(/^node:24-slim\b/)
    expect(stages[0]).toMatch(/npm ci[^]*npm run build[^]*npm prune --omit=dev/)
    expect(last).not.toMatch(/npm /)
    // The embedded database has the SSPL.
    expect(stages[0]).toMatch(/npm prune[^]*rm -r node_modules\/@0q[^]*cp /)
  })

  it('runs as a normal user and checks its own health', () => {
    expect(last).toMatch(/^USER node$/m)
    expect(last).toMatch(/^HEALTHCHECK [^]*\/health\/ready/m)
  })

  it('contains every compiled folder', () => {
    const [, folders = ''] = /folders = \[([^\]]+)\]/.exec(read('build.js')) ?? []
    const compiled = [...folders.matchAll(/'(\w+)'/g)].map(([, folder]) => folder)
    expect(compiled).toContain('router')
    const ignored = read('.dockerignore').split('\n')
    expect(compiled.filter((folder = '') => ignored.includes(folder))).toEqual([])
  })

  it('contains no secrets and no unneeded files', () => {
    const ignored = read('.dockerignore').split('\n')
    expect(ignored).toEqual(expect.arrayContaining(['.env*', 'data', '**/node_modules', '**/.git']))
  })
})
