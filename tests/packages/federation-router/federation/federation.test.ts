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
  type SeenRequest,
  type SendToSubgraph,
} from '../../../support/federation/inMemorySubgraphs'

// Each operation runs on both executors of the router, stock @apollo/gateway and its own, over the same subgraphs in memory.

test('every folder is run', () => {
  const folders = readdirSync(__dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const names = folders.map(({ name }) => name).filter((name) => name !== 'support')
  expect(Object.keys(cases).sort()).toEqual(names.sort())
})

describe.each(Object.entries(cases))('%s', (_name, { subgraphs, operations }: FederationCase) => {
  let engines: { stock: ExecutionEngine; own: ExecutionEngine }
  let serve: (seen: SeenRequest[]) => SendToSubgraph

  beforeAll(async () => {
    const supergraph = composeSubgraphs(subgraphs)
    engines = { stock: await createApolloEngine(supergraph), own: createAgoraEngine(supergraph) }
    serve = serveSubgraphs(subgraphs)
  })

  async function run(engine: ExecutionEngine, operation: ClientOperation) {
    const seen: SeenRequest[] = []
    const { data, errors } = await engine.execute(operation, serve(seen))
    const { operation: kind } = getOperationAST(parse(operation.query), operation.operationName) ?? {}
    return {
      data,
      errors: comparableErrors(errors),
      requests: comparableRequests(seen, kind === 'mutation'),
    }
  }

  it.each(operations.map((operation) => [operation.name, operation] as const))('%s', async (_, operation) => {
    const { differs } = operation
    const stock = await run(engines.stock, operation).catch((error: unknown) => {
      if (!differs?.data) throw error
      return { data: '', errors: [], requests: [] }
    })
    const expected = {
      data: differs?.data ?? stock.data,
      errors: differs?.errors ?? stock.errors,
      requests: expectedRequests(differs?.requests, stock.requests),
    }
    const own = await run(engines.own, operation)
    expect(own).toEqual(expected)
    // The second time it is compiled already.
    expect(await run(engines.own, operation)).toEqual(expected)
    // A difference that is named must exist.
    if (differs) expect(pick(own, differs)).not.toEqual(pick(stock, differs))
  })
})

type Result = Record<'data' | 'errors' | 'requests', unknown>

/** Returns what a difference names of a result: the requests only where it names nothing else, or says which they are. */
function pick(result: Result, { data, errors, requests }: NonNullable<CaseOperation['differs']>) {
  const isAboutRequests = requests !== undefined && (requests !== 'any' || (!data && !errors))
  return [data && result.data, errors && result.errors, isAboutRequests && result.requests]
}

function expectedRequests(asked: 'any' | readonly string[] | undefined, stock: unknown): unknown {
  if (asked === 'any') return expect.anything()
  return asked?.map((query) => expect.objectContaining({ query: print(parse(query)) })) ?? stock
}
