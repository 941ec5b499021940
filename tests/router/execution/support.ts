import { composeServices } from '@apollo/composition'
import { ApolloServer } from '@apollo/server'
import { buildSubgraphSchema } from '@apollo/subgraph'
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper'
import { execute, getOperationAST, parse, validate, type GraphQLSchema } from 'graphql'

import type { RouterContext } from '../../../router/context'
import type { CompiledOperation, ExecutionOutcome } from '../../../router/execution/compile'
import { createExecutor, createOperationCompiler } from '../../../router/execution/executor'
import { stringifyPrepared, wholeText } from '../../../router/execution/prepared'
import { loadApolloGateway } from '../../../router/executors/apollo/executor'
import { createPlanner, type Planner } from '../../../router/planning/planner'
import { createReloadableGateway } from '../../../router/reload'
import { readSubgraphError } from '../../../router/subgraphErrors'
import type { SubgraphAnswer, TransportRequest } from '../../../router/transport/transport'
import { createLog } from '../../../subgraphs/shared/log'
import { handOver } from '../support/handOver'

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requires", "@provides",
  "@external", "@shareable", "@context", "@fromContext", "@override", "@inaccessible", "@interfaceObject", "@tag"])`

/** A subgraph of a test: a schema and what answers it, in memory. */
export interface Fragment {
  typeDefs: string
  resolvers?: GraphQLResolverMap<unknown>
}

/** A request as a subgraph saw it. */
export interface Seen {
  service: string
  query: string
  variables: Record<string, unknown>
}

export interface Answer {
  // The shape of `data` is the test's business: it asserts on it.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  data?: any
  errors?: readonly {
    message: string
    path?: readonly (string | number)[]
    extensions?: Record<string, unknown>
  }[]
  extensions?: unknown
}

export interface Federation {
  /** By the router's executor. */
  ours(query: string, variables?: Record<string, unknown>, operationName?: string): Promise<Answer>
  /** By Apollo's. */
  stock(query: string, variables?: Record<string, unknown>, operationName?: string): Promise<Answer>
  /** What the subgraphs saw since the last call. */
  seen(): Seen[]
  /** From now on a subgraph's answers go through this first. */
  tamper(change: Tamper | undefined): void
  supergraphSdl: string
  close(): Promise<void>
}

/** Changes an answer, or throws. */
export type Tamper = (service: string, answer: SubgraphAnswer, seen: Seen) => SubgraphAnswer

export function composeSupergraph(fragments: Readonly<Record<string, Fragment>>): string {
  const { supergraphSdl, errors } = composeServices(
    Object.entries(fragments).map(([name, { typeDefs }]) => ({
      name,
      url: `http://${name}.invalid`,
      typeDefs: parse(`${link}\n${typeDefs}`),
    })),
  )
  if (!supergraphSdl) throw new Error(`Does not compose: ${String(errors)}`)
  return supergraphSdl
}

/** The subgraphs, in memory, and what they see. */
function serve(fragments: Readonly<Record<string, Fragment>>) {
  const schemas = new Map(
    Object.entries(fragments).map(([name, { typeDefs, resolvers = {} }]) => [
      name,
      buildSubgraphSchema({ typeDefs: parse(`${link}\n${typeDefs}`), resolvers }),
    ]),
  )
  let seen: Seen[] = []
  let tamper: Tamper | undefined
  return {
    async answer(service: string, body: string): Promise<SubgraphAnswer> {
      const request = JSON.parse(body) as { query: string; variables?: Record<string, unknown> }
      const each = { service, query: request.query, variables: request.variables ?? {} }
      seen.push(each)
      const schema = schemas.get(service)
      if (!schema) throw new Error(`No subgraph ${service}`)
      const result = await run(schema, each)
      return tamper ? tamper(service, result, each) : result
    },
    seen: () => {
      const last = seen
      seen = []
      return last
    },
    tamper: (change: Tamper | undefined) => {
      tamper = change
    },
  }
}

const sendTo =
  (answer: (service: string, body: string) => Promise<SubgraphAnswer>) =>
  async (service: string, request: TransportRequest) =>
    handOver(request, await answer(service, request.body.toString()))

/** The router's executor alone, for what Apollo's cannot do. */
export function startOurs(
  fragments: Readonly<Record<string, Fragment>>,
  plannerOf: (supergraphSdl: string) => Planner = createPlanner,
) {
  const { answer, seen } = serve(fragments)
  const planner = plannerOf(composeSupergraph(fragments))
  const compiler = createOperationCompiler({
    planner,
    directAfter: 0,
    transport: { send: async () => ({}) },
  })
  const send = sendTo(answer)

  function compile(query: string): CompiledOperation {
    const document = parse(query)
    const operation = getOperationAST(document)
    if (!operation) throw new Error('No operation')
    return compiler.compile(query, document, operation)
  }

  function toAnswer(outcome: ExecutionOutcome): Answer {
    if (outcome.texts) return { data: JSON.parse(wholeText(outcome)) as unknown }
    return outcome.errors.length > 0 ? outcome : { data: outcome.data }
  }

  return {
    seen,
    async ask(query: string, variables: Record<string, unknown> = {}): Promise<Answer> {
      return toAnswer(await compile(query).execute({ variables, context: contextValue, send }))
    },
    /** Answers an event of a subscription, as the subgraph that has its events sends it. */
    async answerEvent(query: string, event: Record<string, unknown>): Promise<Answer> {
      return toAnswer(
        await compile(query).executeRest({ data: event }, { variables: {}, context: contextValue, send }),
      )
    },
  }
}

/** Both executors in front of the same subgraphs. */
export async function startFederation(fragments: Readonly<Record<string, Fragment>>): Promise<Federation> {
  const supergraphSdl = composeSupergraph(fragments)
  const { answer, seen, tamper } = serve(fragments)

  const compiled = new ApolloServer<RouterContext>({
    gateway: createReloadableGateway(supergraphSdl, async () => {
      const planner = createPlanner(supergraphSdl)
      const executor = createExecutor({ planner, directAfter: 0, transport: { send: sendTo(answer) } })
      return { apiSchema: planner.apiSchema, coreSupergraphSdl: supergraphSdl, executor }
    }).gateway,
    stringifyResult: stringifyPrepared,
    includeStacktraceInErrorResponses: false,
  })
  const stock = new ApolloServer<RouterContext>({
    gateway: createReloadableGateway(supergraphSdl, (supergraph, start) => {
      const transport = { reach() {}, send: sendTo(answer), close: async () => {} }
      const log = createLog('router', 'silent')
      return loadApolloGateway({ supergraph, urls: new Map(), transport, log }, start)
    }).gateway,
    includeStacktraceInErrorResponses: false,
  })
  const ask =
    (server: ApolloServer<RouterContext>) =>
    async (
      query: string,
      variables: Record<string, unknown> = {},
      operationName?: string,
    ): Promise<Answer> => {
      const response = await server.executeOperation({ query, variables, operationName }, { contextValue })
      if (response.body.kind !== 'single') throw new Error('Not one answer')
      return JSON.parse(stringifyPrepared(response.body.singleResult)) as Answer
    }
  return {
    ours: ask(compiled),
    stock: ask(stock),
    seen,
    tamper,
    supergraphSdl,
    close: async () => {
      await compiled.stop()
      await stock.stop()
    },
  }
}

const contextValue: RouterContext = {
  requestId: 'test',
  viewerToken: undefined,
  signal: new AbortController().signal,
  deadline: Infinity,
}

async function run(schema: GraphQLSchema, { query, variables }: Seen): Promise<SubgraphAnswer> {
  const document = parse(query)
  const problems = validate(schema, document)
  if (problems.length > 0) throw new Error(`Not valid: ${String(problems)}\n${query}`)
  const result = await execute({ schema, document, variableValues: variables })
  const answer = JSON.parse(JSON.stringify(result)) as {
    data?: Record<string, unknown> | null
    errors?: unknown[]
  }
  return {
    ...(answer.data !== undefined && { data: answer.data }),
    ...(answer.errors && { errors: answer.errors.map((error) => readSubgraphError(error).error) }),
  }
}
