import { getOperationAST, OperationTypeNode, parse, type DocumentNode } from 'graphql'

import { createAgoraExecutor } from '../../../../packages/federation-router/executors/agora/executor'
import { documentCacheLimits } from '../../../../packages/federation-router/planning/documentCacheLimits'
import { createPlanner } from '../../../../packages/federation-router/planning/planner'
import {
  createOperationCache,
  type PreparedOperation,
} from '../../../../packages/federation-router/request/operationCache'
import { createOperationDescription } from '../../../../packages/federation-router/request/operationDescription'
import { composeSupergraph } from '../../../support/inMemoryFederation'

const planner = createPlanner(
  composeSupergraph({ users: { typeDefs: 'type Query { user(id: ID): User } type User { name: String }' } }),
)
const executor = createAgoraExecutor({ planner, transport: { send: async () => ({}) } })

function prepare(source: string, document: DocumentNode, name?: string): PreparedOperation {
  const operation = getOperationAST(document, name)
  if (!operation) throw new Error('The document has no such operation.')
  const planned = executor.plan({ source, document, operation })
  const description = createOperationDescription(source, operation)
  return {
    type: OperationTypeNode.QUERY,
    operation,
    requireAffordable: () => {},
    planned,
    authorize: undefined,
    isTrusted: false,
    description,
  }
}

describe('the operation cache', () => {
  it('keeps the operations that were used last', () => {
    const cache = createOperationCache()
    const text = (index: number) => `query { user(id: "${index}") { name } }`
    const operation = prepare(text(0), parse(text(0)))
    const add = (index: number) => cache.add(text(index), parse(text(index)), undefined, operation)
    const has = (index: number) => cache.find(text(index), undefined) !== undefined
    add(0)
    for (let index = 1; index <= documentCacheLimits.max + 50; index++) {
      add(index)
      expect(has(0)).toBe(true)
    }
    expect([has(1), has(50), has(documentCacheLimits.max + 50)]).toEqual([false, false, true])
  })

  it.each([
    ['few are long', 30_000],
    ['all are short', 30],
  ])('keeps the valid documents that were used last, where %s', (_what, characters) => {
    const cache = createOperationCache()
    const padding = 'name '.repeat(characters / 5)
    const sources = Array.from(
      { length: documentCacheLimits.max + 50 },
      (_, index) => `{ user(id: ${index}) { ${padding} } }`,
    )
    const document = parse('{ user(id: 1) { name } }')
    for (const source of sources) cache.addDocument(source, document)
    const found = sources.map((source) => cache.findDocument(source))
    const kept = found.filter((each) => each !== undefined).length
    const most = Math.min(documentCacheLimits.max, documentCacheLimits.maxSize / characters)
    expect(kept).toBeLessThanOrEqual(most)
    expect(kept).toBeGreaterThan(most * 0.9)
    expect(found.slice(-kept)).not.toContain(undefined)
  })

  it('counts a document once for each of its operations', () => {
    const cache = createOperationCache()
    const names = Array.from({ length: 200 }, (_, index) => `Operation${index}`)
    const source = names.map((name) => `query ${name} { user(id: "${name}") { name } }`).join('\n')
    const document = parse(source)
    const operation = prepare(source, document, names[0])
    for (const name of names) cache.add(source, document, name, operation)
    const kept = names.filter((name) => cache.find(source, name) !== undefined)
    expect(kept.length * source.length).toBeLessThanOrEqual(documentCacheLimits.maxSize)
    expect(kept).toContain(names.at(-1))
  })
})
