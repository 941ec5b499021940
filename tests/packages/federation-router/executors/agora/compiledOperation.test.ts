import { getOperationAST, parse } from 'graphql'

import { createOperationCompiler } from '../../../../../packages/federation-router/executors/agora/executor'
import { createPlanner } from '../../../../../packages/federation-router/planning/planner'
import { composeSupergraph } from '../../../../support/inMemoryFederation'

const planner = createPlanner(
  composeSupergraph({ people: { typeDefs: 'type Query { name: String age: Int }' } }),
)
const send = async () => ({ data: { name: 'Ada', age: 36 } })
const compileOperation = createOperationCompiler({ planner })

function compile(query: string) {
  const document = parse(query)
  const operation = getOperationAST(document)
  if (!operation) throw new Error('No operation')
  const compiled = compileOperation(document, operation)
  const context = {
    requestId: '',
    viewerToken: undefined,
    signal: new AbortController().signal,
    deadline: Infinity,
  }
  return (variables: Record<string, boolean>) => compiled.execute({ variables, context, send })
}

it('bounds the cached variants of all operations together, however many one operation has', async () => {
  // Compiling a variant calls getRootType once more than executing a cached one.
  const getRootType = jest.spyOn(planner.apiSchema, 'getRootType')
  const countCalls = async (work: () => Promise<unknown>) => {
    getRootType.mockClear()
    await work()
    return getRootType.mock.calls.length
  }
  const small = compile('query ($a: Boolean!) { name @include(if: $a) age }')
  const large = compile(
    `query ($a: Boolean!, $b: Boolean!) { name @include(if: $a) age @include(if: $b) } # ${'x'.repeat(100_000)}`,
  )
  await small({ a: true })
  const callsIfCached = await countCalls(() => small({ a: true }))
  await large({ a: true, b: true })
  expect(await countCalls(() => small({ a: true }))).toBe(callsIfCached)
  for (const a of [true, false]) for (const b of [true, false]) await large({ a, b })
  expect(await countCalls(() => small({ a: true }))).toBe(callsIfCached + 1)
})
