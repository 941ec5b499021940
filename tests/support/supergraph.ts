import type { BaseContext } from '@apollo/server'
import { generateKeyPairSync } from 'node:crypto'

import { configShape, type Config } from '../../router/config'
import { createRouterOptions } from '../../router/routerOptions'
import { readSupergraphFile, readTrustedDocuments, serveRouter } from '../../packages/federation-router'
import { localSubgraphUrl, subgraphs as subgraphList, type SubgraphName } from '../../schema/subgraphs'
import { subgraphUrlVariable } from '../../packages/platform'
import { createCommentsSubgraph } from '../../subgraphs/comments/subgraph'
import { createEventsSubgraph } from '../../subgraphs/events/subgraph'
import { createPostsSubgraph } from '../../subgraphs/posts/subgraph'
import { jwksPath } from '../../packages/auth/accessTokenClaims'
import { readConfig } from '../../packages/platform/config/environment'
import { createLog, type Log } from '../../packages/platform/log'
import { createPeerClient } from '../../packages/subgraph-kit/peers/peerClient'
import type { Subgraph } from '../../packages/subgraph-kit/server/serveSubgraph'
import type { SubgraphResources } from '../../packages/subgraph-kit/server/resources'
import { createUsersSubgraph, type UsersDependencies } from '../../subgraphs/users/subgraph'
import { freePorts, generousTimeouts } from './processes'
import {
  dropDatabase,
  routerSecret,
  startSubgraph,
  testDatabaseName,
  type GraphQLResponse,
  type TestSubgraph,
} from './subgraph'

/** Longer than a response takes on a busy machine. */
const peerTimeoutMs = 60_000

/** Returns the document of a mutation that selects `fields` and `userErrors` of the payload. */
export function mutationDocument(name: string, fields: string): string {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
  return `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { message } } }`
}

/** The first administrator of every test system. */
export const administrator = { email: 'root@agora.example', password: 'the first administrator' }

/** A signed-in user. */
export interface TestUser {
  id: string
  handle: string
  email: string
  password: string
  accessToken: string
  refreshToken: string
}

/** The whole system in this process: four subgraphs with their own databases, and the router, over HTTP. */
export interface TestSupergraph {
  url: string
  subgraphs: Record<SubgraphName, TestSubgraph>
  /** Sends an operation like a frontend; anonymous without a person. */
  send(document: string, variables?: object, person?: Pick<TestUser, 'accessToken'>): Promise<GraphQLResponse>
  /** Sends an operation and returns `data`. Throws when there are errors or user errors. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  query(document: string, variables?: object, person?: Pick<TestUser, 'accessToken'>): Promise<any>
  signUp(handle: string): Promise<TestUser>
  signIn(credentials: { email: string; password: string }): Promise<Pick<TestUser, 'id' | 'accessToken'>>
  /**
   * Starts another router for the same subgraphs, until `close`.
   *
   * @param urls where it finds some of them, for example behind a proxy
   * @returns the URL of its endpoint
   */
  startRouter(settings?: Partial<Config>, urls?: Partial<Record<SubgraphName, string>>): Promise<string>
  close(): Promise<void>
}

/** Sends the body of a request to an endpoint; anonymous without a person. */
export async function sendBody(
  url: string,
  body: string,
  person?: Pick<TestUser, 'accessToken'>,
): Promise<GraphQLResponse> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(person && { authorization: `Bearer ${person.accessToken}` }),
    },
    body,
  })
  return { status: response.status, ...((await response.json()) as Omit<GraphQLResponse, 'status'>) }
}

export async function startSupergraph(
  environment: Record<string, string> = {},
  log: Log = createLog('tests', process.env['LOG_LEVEL'] ?? 'silent'),
  usersOptions: Pick<
    UsersDependencies,
    'mailDelivery' | 'publicUrl' | 'identityProviders' | 'redirectUris' | 'now'
  > = {},
): Promise<TestSupergraph> {
  const closers: (() => Promise<unknown>)[] = []
  const opened = <Thing extends { close(): Promise<unknown> }>(thing: Thing): Thing => {
    closers.unshift(() => thing.close())
    return thing
  }
  const eventLogDatabase = testDatabaseName('feed')
  closers.push(() => dropDatabase(eventLogDatabase))
  const routerPort = await freePorts()
  const start = async <Context extends BaseContext>(
    name: SubgraphName,
    create: (tools: SubgraphResources) => Subgraph<Context>,
  ) =>
    opened(
      await startSubgraph(create, {
        eventLogDatabase,
        port: Number(new URL(localSubgraphUrl(name, routerPort)).port),
        log,
      }),
    )
  const peer = (name: SubgraphName) =>
    opened(createPeerClient({ name, url: localSubgraphUrl(name, routerPort), timeoutMs: peerTimeoutMs }))
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const peers = {
    users: peer('users'),
    events: peer('events'),
    posts: peer('posts'),
    comments: peer('comments'),
  }
  const users = await start('users', (tools) =>
    createUsersSubgraph({
      ...tools,
      ...peers,
      privateKey,
      issuer: 'agora',
      audience: 'agora',
      firstAdministrator: administrator,
      ...usersOptions,
    }),
  )
  const events = await start('events', (tools) => createEventsSubgraph({ ...tools, ...peers }))
  const posts = await start('posts', (tools) => createPostsSubgraph({ ...tools, ...peers }))
  const comments = await start('comments', (tools) => createCommentsSubgraph({ ...tools, ...peers }))
  const subgraphs = { users, events, posts, comments }
  const config = readConfig(configShape, {
    PORT: '0',
    ROUTER_SECRET: routerSecret,
    JWKS_URL: new URL(jwksPath, users.url).href,
    TRUSTED_CLIENTS: '127.0.0.0/8',
    ...generousTimeouts,
    ...environment,
  })
  const startRouter: TestSupergraph['startRouter'] = async (settings = {}, urls = {}) => {
    const router = await serveRouter(
      createRouterOptions({
        config: { ...config, ...settings },
        supergraph: readSupergraphFile(config.SUPERGRAPH_FILE),
        trustedDocuments: readTrustedDocuments(settings.TRUSTED_DOCUMENTS_FILE ?? []).documents,
        subgraphUrls: new Map(
          subgraphList.map(({ name }) => [subgraphUrlVariable(name), urls[name] ?? subgraphs[name].url]),
        ),
        log,
      }),
    )
    return `${opened(router).url}/graphql`
  }
  const url = await startRouter()

  const send: TestSupergraph['send'] = (document, variables = {}, person) =>
    sendBody(url, JSON.stringify({ query: document, variables }), person)
  const query: TestSupergraph['query'] = async (document, variables, person) => {
    const response = await send(document, variables, person)
    const refusals = Object.values((response.data ?? {}) as Record<string, { userErrors?: unknown[] } | null>)
    if (response.errors || refusals.some((payload) => payload?.userErrors?.length)) {
      throw new Error(`The operation failed: ${JSON.stringify(response, null, 2)}\n${document}`)
    }
    return response.data
  }

  return {
    url,
    subgraphs,
    send,
    query,
    startRouter,
    async signUp(handle) {
      const input = {
        handle,
        displayName: handle,
        email: `${handle}@agora.example`,
        password: `${handle} may enter`,
      }
      const { signUp } = await query(
        `mutation ($input: SignUpInput!) {
          signUp(input: $input) { session { accessToken refreshToken } user { id } userErrors { message } }
        }`,
        { input },
      )
      return { ...input, id: signUp.user.id, ...signUp.session }
    },
    async signIn(credentials) {
      const { signIn } = await query(
        `mutation ($input: SignInInput!) {
          signIn(input: $input) { session { accessToken } user { id } userErrors { message } }
        }`,
        { input: credentials },
      )
      return { id: signIn.user.id, ...signIn.session }
    },
    close: async () => {
      for (const close of closers) await close()
    },
  }
}
