import { generateKeyPairSync } from 'node:crypto'
import type { z } from 'zod'

import { subgraphs, type SubgraphName } from '../../schema/subgraphs'
import { configShape as router } from '../../router/config'
import { configShape as comments } from '../../subgraphs/comments/config'
import { configShape as events } from '../../subgraphs/events/config'
import { configShape as posts } from '../../subgraphs/posts/config'
import { configShape as users } from '../../subgraphs/users/config'

export type Part = SubgraphName | 'router'

export const subgraphNames: readonly SubgraphName[] = subgraphs.map(({ name }) => name)
export const parts: readonly Part[] = [...subgraphNames, 'router']

/** The configuration of each part. */
export const configShapes: Readonly<Record<Part, z.ZodObject<z.ZodRawShape>>> = {
  users,
  events,
  posts,
  comments,
  router,
}

/** Returns the settings of a part, by the name of their variable. */
export const listSettings = (part: Part): Readonly<Record<string, z.ZodType>> =>
  configShapes[part].shape as Record<string, z.ZodType>

/** Returns the variables of a part without a default. */
export const listRequiredVariables = (part: Part): string[] =>
  Object.entries(listSettings(part)).flatMap(([name, schema]) =>
    schema.safeParse(undefined).success ? [] : [name],
  )

/** Returns the variable that contains the URL of a subgraph. */
export const urlVariableOf = (name: SubgraphName): string => `${name.toUpperCase()}_URL`

/** Returns the subgraphs that a part sends requests to: the router to all of them, the others to those whose URL they read. */
export const listPeers = (part: Part): SubgraphName[] =>
  subgraphNames.filter((name) => part === 'router' || urlVariableOf(name) in listSettings(part))

export const entryFileOf = (part: Part): string =>
  part === 'router' ? 'router/index' : `subgraphs/${part}/index`

export const portOf = (part: Part): number =>
  4000 + (subgraphs.find(({ name }) => name === part)?.portOffset ?? 0)

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** Valid values of the secrets that an operator creates. */
export const sampleSecrets: Readonly<Record<string, string>> = {
  ROUTER_SECRET: 'a secret of the tests, long enough',
  JWT_PRIVATE_KEY: String(privateKey.export({ format: 'pem', type: 'pkcs8' })).replaceAll('\n', '\\n'),
  MONGODB_URI: 'mongodb://mongodb.example.org:27017/',
  MONGODB_PASSWORD: 'a password',
  MONGODB_REPLICA_SET_KEY: 'a key',
}
