import { getOperationAST, type DocumentNode, type OperationDefinitionNode } from 'graphql'

import type { Executor } from '../executor'
import { planIntrospection } from '../introspection'
import { documentLength } from '../documentCacheLimits'
import type { Planner } from '../../planning/planner'
import { readNamesSelectedByPlans, withSafeAliases } from '../../planning/safeAliases'
import { withDistinctResponseKeys } from '../../planning/distinctResponseKeys'
import { compileOperation, VariantCache, type CompiledOperation } from './compiledOperation'
import type { SendFetch } from './executionState'
import { createSupergraphModel } from '../../supergraph/supergraphModel'
import { withSafeVariableNames } from '../../planning/safeVariableNames'

export interface ExecutorOptions {
  planner: Planner
  transport: { send: SendFetch }
  /** See `CompileOptions`. */
  fastPathAfter?: number | undefined
}

/**
 * Plans and compiles an operation.
 *
 * @throws GraphQLError for an operation that the planner refuses
 */
export type CompileOperation = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
) => CompiledOperation

export function createOperationCompiler({
  planner,
  fastPathAfter,
}: Omit<ExecutorOptions, 'transport'>): CompileOperation {
  const supergraph = createSupergraphModel(planner)
  const schema = planner.apiSchema
  const needed = readNamesSelectedByPlans(planner.repairedSdl)
  const variants = new VariantCache()
  return (document, operation) => {
    const name = operation.name?.value
    const { document: named, underClientNames } = withSafeVariableNames(document)
    const aliased = withSafeAliases(named, needed)
    const { document: safe, clientKeys } = withDistinctResponseKeys(aliased, name, needed)
    const compiled = compileOperation({
      plan: planner.plan(safe, name),
      document: safe,
      operation: getOperationAST(safe, name) ?? operation,
      clientKeys,
      schema,
      supergraph,
      variants,
      documentLength: documentLength(document),
      fastPathAfter,
    })
    return underClientNames(compiled)
  }
}

/** Creates the router's own executor of a supergraph. */
export function createExecutor(options: ExecutorOptions): Executor {
  const schema = options.planner.apiSchema
  const compile = createOperationCompiler(options)
  const send: SendFetch = (service, request, context) => options.transport.send(service, request, context)
  return {
    schema,
    plan({ document, operation }) {
      const introspection = planIntrospection({ schema, document, operation })
      if (introspection) return introspection
      const { checkVariables, execute, primary, executeEvent } = compile(document, operation)
      return {
        checkVariables,
        execute: (variables, context) => execute({ variables, context, send }),
        subscription: primary && {
          ...primary,
          executeEvent: (event, variables, context) => executeEvent(event, { variables, context, send }),
        },
      }
    },
  }
}
