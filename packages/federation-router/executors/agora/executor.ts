import { getOperationAST, type DocumentNode, type OperationDefinitionNode } from 'graphql'

import { withDistinctResponseKeys } from '../../planning/distinctResponseKeys'
import { removeDeniedFields, type AllowsField } from '../../planning/deniedFields'
import { documentLength } from '../../planning/documentCacheLimits'
import type { Planner } from '../../planning/planner'
import { readNamesSelectedByPlans, withSafeAliases } from '../../planning/safeAliases'
import { withSafeVariableNames } from '../../planning/safeVariableNames'
import { createSupergraphModel } from '../../supergraph/supergraphModel'
import type { Executor, SendFetch } from '../executor'
import { planIntrospection } from '../introspection'
import { compileOperation, withRenamedVariables, type CompiledOperation } from './compiledOperation'
import { requireAllowedEvents } from './deniedFields'
import { VariantCache } from './operationVariants'

interface CompilerOptions {
  planner: Planner
  /** How many executions take the standard path before the fast path is tried; 1 by default. */
  fastPathAfter?: number | undefined
}

interface AgoraExecutorOptions extends CompilerOptions {
  transport: { send: SendFetch }
}

/** Creates the router's own executor of a supergraph. */
export function createAgoraExecutor({ transport, ...options }: AgoraExecutorOptions): Executor {
  const schema = options.planner.apiSchema
  const compile = createOperationCompiler(options)
  const send: SendFetch = (service, request, context) => transport.send(service, request, context)
  return {
    schema,
    plan({ document, operation, allowsField }) {
      const introspection = planIntrospection({ schema, document, operation })
      if (introspection) return introspection
      const compiled = compile(document, operation, allowsField)
      const { checkVariables, summarizePlan, plan, execute, primary, executeEvent } = compiled
      return {
        checkVariables,
        summarizePlan,
        plan,
        execute: (variables, context) => execute({ variables, context, send }),
        subscription: primary && {
          ...primary,
          executeEvent: (event, variables, context) => executeEvent(event, { variables, context, send }),
        },
      }
    },
  }
}

/**
 * Plans and compiles an operation.
 *
 * @throws GraphQLError for an operation that the planner rejects
 */
type CompileOperation = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
  allowsField?: AllowsField,
) => CompiledOperation

export function createOperationCompiler({ planner, fastPathAfter }: CompilerOptions): CompileOperation {
  const supergraph = createSupergraphModel(planner)
  const schema = planner.apiSchema
  const reservedNames = readNamesSelectedByPlans(planner.repairedSdl)
  const variants = new VariantCache()
  return (clientDocument, clientOperation, allowsField) => {
    const name = clientOperation.name?.value
    const { document: named, toPlannedVariables } = withSafeVariableNames(clientDocument)
    const aliased = withSafeAliases(named, reservedNames)
    const { document, clientKeys } = withDistinctResponseKeys(aliased, name, reservedNames)
    const allowed = allowsField && removeDeniedFields(document, schema, allowsField)
    const operation = getOperationAST(document, name) ?? clientOperation
    if (allowed) requireAllowedEvents(document, operation, allowed.denied)
    const compiled = compileOperation({
      plan: planner.plan(allowed?.document ?? document, name),
      document,
      operation,
      clientKeys,
      schema,
      supergraph,
      variants,
      documentLength: documentLength(clientDocument),
      fastPathAfter,
      denied: allowed?.denied,
    })
    return toPlannedVariables ? withRenamedVariables(compiled, toPlannedVariables) : compiled
  }
}
