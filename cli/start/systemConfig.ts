import { ConfigError, copyEnvironment, readConfig, readVariablesEndingIn } from '../../packages/platform'
import {
  readTransportSettings,
  transportSettingsShape,
  transportSettingSuffixes,
} from '../../packages/federation-router/transport/settings'
import { configShape as routerShape } from '../../router/config'
import { configShape as commentsShape } from '../../subgraphs/comments/config'
import { configShape as eventsShape } from '../../subgraphs/events/config'
import { configShape as postsShape } from '../../subgraphs/posts/config'
import {
  configShape as usersShape,
  providerSettingSuffixes,
  readIdentityProviders,
} from '../../subgraphs/users/config'
import { configShape, type Config } from './config'
import { createKeys } from './keys'
import { defineRouterProcess, defineSubgraphProcesses } from './processes'

type Environment = Readonly<Record<string, string | undefined>>

const subgraphReaders: Readonly<Record<string, (environment: Environment) => unknown>> = {
  users: (environment) =>
    readIdentityProviders(
      readConfig(usersShape, environment),
      readVariablesEndingIn(providerSettingSuffixes, environment),
    ),
  events: (environment) => readConfig(eventsShape, environment),
  posts: (environment) => readConfig(postsShape, environment),
  comments: (environment) => readConfig(commentsShape, environment),
}

/**
 * Reads the settings of `npm start` and checks those of every process that it starts.
 * @throws ConfigError with every problem of all of them
 */
export function readSystemConfig(environment: Environment = copyEnvironment()): Config {
  const problems = new Set<string>()
  const collect = <Value>(read: () => Value): Value | undefined => {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      for (const problem of error.problems) problems.add(problem)
      return undefined
    }
  }

  const config = collect(() => readConfig(configShape, environment))
  // The processes are checked even when the settings of `npm start` are invalid: with its defaults instead.
  const assumed = config ?? readConfig(configShape, {})
  const created = createKeys()
  const keys = {
    routerSecret: assumed.ROUTER_SECRET ?? created.routerSecret,
    jwtPrivateKey: environment['JWT_PRIVATE_KEY'] || created.jwtPrivateKey,
  }
  for (const { name, env } of defineSubgraphProcesses(assumed, keys, 'mongodb://127.0.0.1'))
    collect(() => subgraphReaders[name]?.({ ...environment, ...env }))
  const { env } = defineRouterProcess(assumed, keys)
  collect(() => readConfig(routerShape, { ...environment, ...env }))
  const settingsPerSubgraph = readVariablesEndingIn(transportSettingSuffixes, environment)
  collect(() => readTransportSettings(transportSettingsShape.parse({}), settingsPerSubgraph))

  if (!config || problems.size > 0) throw new ConfigError([...problems])
  return config
}
