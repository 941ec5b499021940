import { getOperationAST, parse, print } from 'graphql'
import { readdirSync } from 'node:fs'

import { cases } from './cases'
import { comparableErrors, comparableRequests } from '../../../support/federation/compareExecutors'
import type { ClientOperation, ExecutionEngine } from '../../../support/federation/engine'
import type { CaseOperation, FederationCase } from '../../../support/federation/federationCase'
import { createAgoraEngine } from '../../../support/federation/agoraEngine'
import { createApolloEngine } from '../../../support/federation/apolloEngine'
import {
  composeSubgraphs,
  serveSubgraphs,
  type ReceivedRequest,
  type SendToSubgraph,
} from '../../../support/federation/inMemorySubgraphs'

// Each operation is executed by both executors of the router, with the same subgraphs in memory.

test('executes the operations of every folder', () => {
  const folders = readdirSync(__dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  expect(Object.keys(cases).sort()).toEqual(folders.map(({ name }) => name).sort())
})

describe.each(Object.entries(cases))('%s', (_name, { subgraphs, operations }: FederationCase) => {
  let engines: { apollo: ExecutionEngine; agora: ExecutionEngine }
  let serve: (received: ReceivedRequest[]) => SendToSubgraph

  beforeAll(async () => {
    const supergraph = composeSubgraphs(subgraphs)
    engines = { apollo: await createApolloEngine(supergraph), agora: createAgoraEngine(supergraph) }
    serve = serveSubgraphs(subgraphs)
  })

  async function run(engine: ExecutionEngine, operation: ClientOperation) {
    const received: ReceivedRequest[] = []
    const { data, errors } = await engine.execute(operation, serve(received))
    const { operation: kind } = getOperationAST(parse(operation.query), operation.operationName) ?? {}
    return {
      data,
      errors: comparableErrors(errors),
      requests: comparableRequests(received, kind === 'mutation'),
    }
  }

  it.each(operations.map((operation) => [operation.name, operation] as const))('%s', async (_, operation) => {
    const { differs } = operation
    const apollo = await run(engines.apollo, operation).catch((error: unknown) => {
      if (!differs?.data) throw error
      return { data: '', errors: [], requests: [] }
    })
    const expected = {
      data: differs?.data ?? apollo.data,
      errors: differs?.errors ?? apollo.errors,
      requests: expectedRequests(differs?.requests, apollo.requests),
    }
    const agora = await run(engines.agora, operation)
    expect(agora).toEqual(expected)
    // The second execution may take the fast path.
    expect(await run(engines.agora, operation)).toEqual(expected)
    // A documented difference must exist.
    if (differs) expect(pick(agora, differs)).not.toEqual(pick(apollo, differs))
  })
})

type Result = Record<'data' | 'errors' | 'requests', unknown>

/** Returns the parts of a result that a difference documents: the requests only if it lists them, or documents nothing else. */
function pick(result: Result, { data, errors, requests }: NonNullable<CaseOperation['differs']>) {
  const isAboutRequests = requests !== undefined && (requests !== 'any' || (!data && !errors))
  return [data && result.data, errors && result.errors, isAboutRequests && result.requests]
}

function expectedRequests(documented: 'any' | readonly string[] | undefined, apollo: unknown): unknown {
  if (documented === 'any') return expect.anything()
  return documented?.map((query) => expect.objectContaining({ query: print(parse(query)) })) ?? apollo
}
