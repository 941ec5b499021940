import { getOperationAST, parse, type DocumentNode } from 'graphql'

import { configShape } from '../../../../router/config'
import { createDocumentStore } from '../../../../packages/federation-router/validation/documentStore'
import { createOperationCompiler } from '../../../../packages/federation-router/executors/agora/executor'
import { documentCacheLimits } from '../../../../packages/federation-router/planning/documentCacheLimits'
import { createPlanner } from '../../../../packages/federation-router/planning/planner'
import { createOperationCaches } from '../../../../packages/federation-router/request/operationCache'
import { readConfig } from '../../../../packages/platform/config/environment'
import { composeSupergraph } from '../../../support/inMemoryFederation'

const planner = createPlanner(
  composeSupergraph({ users: { typeDefs: 'type Query { user(id: ID): User } type User { name: String }' } }),
)
const send = async () => ({})

function operationOf(document: DocumentNode, name?: string) {
  const operation = getOperationAST(document, name)
  if (!operation) throw new Error('No operation')
  return operation
}

test('of many operations, those that were used last are kept', () => {
  const plan = jest.spyOn(planner, 'plan')
  const compiler = createOperationCompiler({ planner, maxOperations: 10 })
  const compile = (index: number) => {
    const text = `query { user(id: "${index}") { name } }`
    const document = parse(text)
    return compiler.compile(text, document, operationOf(document))
  }
  const first = compile(0)
  expect(compile(0)).toBe(first)
  for (let index = 1; index <= 50; index++) {
    compile(index)
    compile(0)
  }
  expect(plan).toHaveBeenCalledTimes(51)
  compile(1)
  expect(plan).toHaveBeenCalledTimes(52)
})

describe('of many valid documents, those that were used last are kept', () => {
  it.each([
    ['few are long', 30_000],
    ['all are short', 30],
  ])('where %s', async (_what, characters) => {
    const store = createDocumentStore()
    const document = parse(`{ user(id: 1) { ${'name '.repeat(characters / 5)} } }`)
    const keys = Array.from({ length: documentCacheLimits.max + 50 }, (_, index) => `document ${index}`)
    for (const key of keys) await store.set(key, document)
    const found = await Promise.all(keys.map((key) => store.get(key)))
    const kept = found.filter((each) => each !== undefined).length
    const most = Math.min(documentCacheLimits.max, documentCacheLimits.maxSize / characters)
    expect(kept).toBeLessThanOrEqual(most)
    expect(kept).toBeGreaterThan(most * 0.9)
    expect(found.slice(-kept)).not.toContain(undefined)
  })
})

test('a prepared document counts once for each of its operations', () => {
  const names = Array.from({ length: 200 }, (_, index) => `Operation${index}`)
  const source = names.map((name) => `query ${name} { user(id: "${name}") { name } }`).join('\n')
  const document = parse(source)
  const compiled = createOperationCompiler({ planner }).compile(
    source,
    document,
    operationOf(document, names[0]),
  )
  const { store, find } = createOperationCaches(readConfig(configShape, {})).current()
  const schema = planner.apiSchema
  for (const operationName of names) {
    const operation = operationOf(document, operationName)
    store({ schema, source, document, operation, operationName }, compiled, send)
  }
  const kept = names.filter((name) => find(source, name) !== undefined)
  expect(kept.length * source.length).toBeLessThanOrEqual(documentCacheLimits.maxSize)
  expect(kept).toContain(names.at(-1))
})
