import { getOperationAST, OperationTypeNode, type DocumentNode, type OperationDefinitionNode } from 'graphql'

import { withDistinctResponseKeys } from '../../planning/distinctResponseKeys'
import { removeDeniedFields, type AllowsField } from '../../planning/deniedFields'
import {
  hasDefer,
  labelDeferredFragments,
  removeDefer,
  removeDeferConditions,
} from '../../planning/deferredFragments'
import { documentLength } from '../../planning/documentCacheLimits'
import type { QueryPlan } from '../../planning/apolloPlanner'
import type { Planner } from '../../planning/planner'
import { readNamesSelectedByPlans, withSafeAliases } from '../../planning/safeAliases'
import { withSafeVariableNames } from '../../planning/safeVariableNames'
import { createSupergraphModel } from '../../supergraph/supergraphModel'
import type { Executor, SendFetch } from '../executor'
import { planIntrospection } from '../introspection'
import { compileOperation, withRenamedVariables, type CompiledOperation } from './compiledOperation'
import { compileDeferredOperation } from './deferredOperation'
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
      const { checkVariables, summarizePlan, plan, execute, deferred, primary, executeEvent } = compiled
      return {
        checkVariables,
        summarizePlan,
        plan,
        execute: (variables, context) => execute({ variables, context, send }),
        deferred: deferred && {
          plan: deferred.plan,
          execute: (variables, context) => deferred.execute({ variables, context, send }),
        },
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

  /** Prepares a document for the planner. */
  function prepare(
    clientDocument: DocumentNode,
    clientOperation: OperationDefinitionNode,
    allowsField: AllowsField | undefined,
  ) {
    const name = clientOperation.name?.value
    const { document: named, toPlannedVariables } = withSafeVariableNames(clientDocument)
    const aliased = withSafeAliases(named, reservedNames)
    const { document, clientKeys } = withDistinctResponseKeys(aliased, name, reservedNames)
    const allowed = allowsField && removeDeniedFields(document, schema, allowsField)
    const operation = getOperationAST(document, name) ?? clientOperation
    if (allowed) requireAllowedEvents(document, operation, allowed.denied)
    const options = {
      ...{ document, operation, clientKeys, schema, supergraph, variants },
      documentLength: documentLength(clientDocument),
      denied: allowed?.denied,
    }
    return { options, planned: allowed?.document ?? document, name, toPlannedVariables }
  }

  const compileWhole: CompileOperation = (clientDocument, clientOperation, allowsField) => {
    const { options, planned, name, toPlannedVariables } = prepare(
      clientDocument,
      clientOperation,
      allowsField,
    )
    const compiled = compileOperation({ ...options, plan: planner.plan(planned, name), fastPathAfter })
    return toPlannedVariables ? withRenamedVariables(compiled, toPlannedVariables) : compiled
  }

  /**
   * Returns undefined for an operation that Apollo's planner (2.14) cannot plan with @defer, although it can without: it prints the
   * selection of each part, which fails for some fields of interfaces below type conditions. Its response is not split then.
   */
  function planDeferred(document: DocumentNode, name: string | undefined): QueryPlan | undefined {
    try {
      return planner.plan(document, name)
    } catch {
      return undefined
    }
  }

  /** Returns undefined for an operation without deferred fragments. */
  function compileDeferred(
    clientDocument: DocumentNode,
    clientOperation: OperationDefinitionNode,
    allowsField: AllowsField | undefined,
  ): CompiledOperation['deferred'] {
    const { document, clientLabels } = labelDeferredFragments(clientDocument, clientOperation)
    if (clientLabels.size === 0) return undefined
    const { options, planned, name, toPlannedVariables } = prepare(document, clientOperation, allowsField)
    const plan = planDeferred(removeDeferConditions(planned), name)
    if (!plan) return undefined
    const execute = compileDeferredOperation({ ...options, plan, clientLabels })
    if (!toPlannedVariables) return { plan, execute }
    return {
      plan,
      execute: (input) => execute({ ...input, variables: toPlannedVariables(input.variables) }),
    }
  }

  return (clientDocument, clientOperation, allowsField) => {
    if (!hasDefer(clientDocument)) return compileWhole(clientDocument, clientOperation, allowsField)
    const document = removeDefer(clientDocument)
    const operation = getOperationAST(document, clientOperation.name?.value) ?? clientOperation
    const compiled = compileWhole(document, operation, allowsField)
    // Mutations and subscriptions are not deferred.
    if (operation.operation !== OperationTypeNode.QUERY) return compiled
    return { ...compiled, deferred: compileDeferred(clientDocument, clientOperation, allowsField) }
  }
}
