import { z } from 'zod'

/** The configuration of a process is invalid. The message lists every problem, one per line. */
export class ConfigError extends Error {
  override name = 'ConfigError'

  /** @param problems such as `PORT: must be a whole number` */
  constructor(readonly problems: readonly string[]) {
    super(`The configuration is wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
  }
}

/**
 * Reads a part's configuration. This is the only file that reads `process.env`.
 *
 * A variable that is set to the empty string counts as not set.
 *
 * @param schema a zod object whose keys are names of environment variables
 * @param environment where to read; default: the environment of this process
 * @throws ConfigError that names every problem at once
 */
export function readConfig<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  environment: NodeJS.ProcessEnv = process.env,
): z.output<z.ZodObject<Shape>> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const result = schema.safeParse(given, { error: describeIssue })
  if (result.success) return result.data
  const problems = result.error.issues.map((issue) => {
    const name = String(issue.path[0])
    return `${name}: ${given[name] === undefined ? 'is not set' : issue.message}`
  })
  throw new ConfigError(problems)
}

/** Replaces zod's messages about types, since environment variables are text. A schema's own message takes precedence. */
function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'number' || issue.expected === 'int' ? 'must be a whole number' : undefined
    case 'too_small':
      return `must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`
    case 'too_big':
      return `must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`
    default:
      return undefined
  }
}

/** Returns the environment variables whose names end in `_URL`: the router's overrides of subgraph addresses. */
export function readUrlVariables(environment: NodeJS.ProcessEnv = process.env): ReadonlyMap<string, string> {
  return readVariablesEndingIn(['_URL'], environment)
}

/** Returns the name of the environment variable that overrides a subgraph's address, for example `POSTS_URL`. */
export function subgraphUrlVariable(name: string): string {
  return `${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_URL`
}

/** Returns the non-empty environment variables whose names end in one of these. */
export function readVariablesEndingIn(
  endings: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(environment).flatMap(([name, value]) =>
      value && endings.some((ending) => name.endsWith(ending)) ? [[name, value]] : [],
    ),
  )
}

/** Sets an environment variable for a library that reads it, unless it is set. */
export function setDefaultVariable(name: string, value: string): void {
  process.env[name] ||= value
}

/** Returns a copy of the environment, for child processes. */
export function copyEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env }
}

const flagValues = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])

/** Zod schemas for variables that several processes read. */
export const variable = {
  port: (fallback: number) => z.coerce.number().int().min(0).max(65535).default(fallback),
  host: () => z.string().default('127.0.0.1').describe('Address to listen on.'),
  /** `true`, `1`, `false` or `0`. */
  flag: () =>
    z
      .string()
      .toLowerCase()
      .refine((value) => flagValues.has(value), 'must be true or false')
      .transform((value) => flagValues.get(value) === true),
  url: () => z.url({ protocol: /^https?$/, error: 'must be an http or https address' }),
  /** At least 32 bytes, as text. */
  secret: () =>
    z.string().refine((value) => Buffer.byteLength(value) >= 32, 'must be at least 32 bytes long'),
  mongodbUri: () => z.string().regex(/^mongodb(\+srv)?:\/\//, 'must begin with mongodb:// or mongodb+srv://'),
  eventLogUrl: () =>
    z
      .string()
      .regex(/^(nats|tls):\/\//, 'must begin with nats:// or tls://')
      .optional()
      .describe(
        'NATS server with JetStream for the event log, the same for all processes; servers of a cluster are separated by ' +
          'commas. Without it, the event log is stored on the MongoDB server.',
      ),
  eventLogDatabase: () =>
    z
      .string()
      .default('agora_feed')
      .describe(
        'Database of the event log, and prefix of its stream names on NATS; the same for all processes.',
      ),
  drain: () =>
    z.coerce
      .number()
      .int()
      .min(0)
      .max(60_000)
      .default(0)
      .describe(
        'How long the process keeps serving after SIGTERM while it reports not ready, at most 60000. See ' +
          '[rolling restarts](operations.md#rolling-restarts).',
      ),
  nodeEnv: () =>
    z
      .enum(['development', 'production', 'test'])
      .default('development')
      .describe(
        'In `production`, introspection, the landing page, names in error messages, foreign CORS origins, and metrics without `METRICS_PORT` are off.',
      ),
  logLevel: () =>
    z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
      .default('info')
      .describe('Lowest level that is logged.'),
}
