import { getOperationAST, parse } from 'graphql'

import { createOperationCompiler } from '../../../router/execution/executor'
import { createPlanner } from '../../../router/planning/planner'
import { composeSupergraph } from './support'

const planner = createPlanner(
  composeSupergraph({ users: { typeDefs: 'type Query { user(id: ID): User } type User { name: String }' } }),
)

test('of many operations, those that were used last are kept', () => {
  const plan = jest.spyOn(planner, 'plan')
  const compiler = createOperationCompiler({
    planner,
    transport: { send: async () => ({}) },
    maxOperations: 10,
  })
  const compile = (index: number) => {
    const text = `query { user(id: "${index}") { name } }`
    const document = parse(text)
    const operation = getOperationAST(document)
    if (!operation) throw new Error('No operation')
    return compiler.compile(text, document, operation)
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
