import { Kind, type DocumentNode, type OperationDefinitionNode } from 'graphql'
import { setImmediate as waitForTurn } from 'node:timers/promises'

import type { Log } from '../platform/log'
import type { AuthorizedOperation } from './authorization/authorizedPlans'
import type { ClientBudgets } from './budgets/clientBudgets'
import type { PlannedOperation } from './executors/executor'
import { requireWithinLimits, type OperationLimits } from './limits/operationLimits'
import type { RouterOptions } from './options'
import type { RouterContext } from './request/context'
import { requireMethod, requireOperation, type GraphqlParameters } from './request/graphqlRequest'
import type { PreparedDocument, PreparedOperation } from './request/operationCache'
import { createOperationDescription } from './request/operationDescription'
import type { RequestRecord } from './request/requestRecord'
import type { ServedSupergraph } from './servedSupergraph'
import type { RouterMetrics } from './telemetry'
import type { TrustedDocuments } from './trusted-documents/trustedDocuments'
import { requireReportableText } from './validation/documentText'
import { parseValidDocument } from './validation/validDocument'

/** The part of a request that the preparation of its operation needs. */
interface RequestInPreparation {
  method: string | undefined
  context: RouterContext
  record: RequestRecord
}

/** Prepares operations before they are executed. */
interface OperationPreparation {
  /**
   * Prepares an operation that is not in the cache: validates its document, applies the limits, and plans it.
   *
   * @throws GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, OPERATION_RESOLUTION_FAILURE, QUERY_TOO_COMPLEX,
   *   RATE_LIMITED when the client has no planning time left
   */
  prepare(
    supergraph: ServedSupergraph,
    source: string,
    parameters: GraphqlParameters,
    request: RequestInPreparation,
  ): Promise<PreparedOperation>
  /**
   * Prepares all operations of trusted documents. Of the limits only that of the cost applies to them, since it depends on
   * variables. A document that the supergraph does not support is logged; requests for it get the reason.
   */
  prepareTrusted(supergraph: ServedSupergraph, documents: TrustedDocuments): Promise<void>
  /**
   * Removes the fields of an operation that the viewer may not read.
   *
   * @returns undefined for an operation without restricted fields
   * @throws UNAUTHORIZED_FIELD_OR_TYPE for a subscription whose events the viewer may not read
   * @throws RATE_LIMITED when the client has no planning time left for an operation that is not trusted
   */
  authorize(
    operation: PreparedOperation,
    request: Pick<RequestInPreparation, 'context' | 'record'>,
  ): Promise<AuthorizedOperation<RouterContext>> | undefined
}

interface PreparationOptions extends Pick<RouterOptions, 'limits' | 'introspection' | 'hideNames'> {
  budgets: Pick<ClientBudgets, 'planning'>
  metrics: RouterMetrics | undefined
  /** Documents that are not trusted are logged. */
  isTrusted(source: string): boolean
  log: Log
}

/** An operation of a valid document. */
interface OperationToPrepare {
  source: string
  document: DocumentNode
  operation: OperationDefinitionNode
}

export function createOperationPreparation(options: PreparationOptions): OperationPreparation {
  const { limits, introspection, hideNames, budgets, metrics, isTrusted, log } = options
  const trustedLimits: OperationLimits = {
    ...limits,
    maxTokens: Infinity,
    maxDepth: Infinity,
    maxAliases: Infinity,
    maxDirectives: Infinity,
    maxFields: Infinity,
    maxPlanningCost: Infinity,
  }

  /** Parses and validates a document, in turn with other new documents. */
  async function validate(
    { schema, operations }: ServedSupergraph,
    source: string,
    { context, record }: RequestInPreparation,
  ): Promise<DocumentNode> {
    requireReportableText(source, limits.maxTokens)
    await budgets.planning.admit(context)
    // Another request may have had the same document.
    const cached = operations.findDocument(source)
    if (cached) return cached
    const settings = { maxTokens: limits.maxTokens, introspection, hideNames }
    const parse = () => parseValidDocument(source, schema, settings)
    const document = budgets.planning.runCharged(context, () => record.measureWork('validate', parse))
    operations.addDocument(source, document)
    return document
  }

  const describe = (
    { authorizedPlans }: ServedSupergraph,
    valid: OperationToPrepare,
    prepared: Pick<PreparedOperation, 'requireAffordable' | 'planned' | 'isTrusted'>,
  ): PreparedOperation => ({
    ...prepared,
    authorize: authorizedPlans.compile(valid, prepared.planned, prepared.isTrusted),
    type: valid.operation.operation,
    operation: valid.operation,
    description: createOperationDescription(valid.source, valid.operation),
  })

  function prepareTrustedDocument(supergraph: ServedSupergraph, source: string): PreparedDocument {
    const { schema, getFieldSubgraphs, executor } = supergraph
    const settings = { maxTokens: undefined, introspection: true, hideNames }
    const document = parseValidDocument(source, schema, settings)
    const definitions = document.definitions.filter(
      (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
    )
    const operations = new Map<string | undefined, PreparedOperation>()
    for (const operation of definitions) {
      const limited = { document, operation, schema, getFieldSubgraphs }
      const requireAffordable = requireWithinLimits(limited, trustedLimits)
      const planned = executor.plan({ source, document, operation })
      const prepared = describe(
        supergraph,
        { source, document, operation },
        { requireAffordable, planned, isTrusted: true },
      )
      const { operationName, operationType } = prepared.description
      // Their names become labels before those of requests.
      metrics?.operations.forOperation(operationName, operationType, true)
      operations.set(operation.name?.value, prepared)
      if (definitions.length === 1) operations.set(undefined, prepared)
    }
    return { document, operations }
  }

  /** Once for each document while it is in the cache. */
  function logUntrusted({ description }: PreparedOperation, { requestId }: RequestRecord): void {
    const { operationType, operationName, operationHash } = description
    log.warn({ requestId, operationType, operationName, operationHash }, 'A document is not trusted')
  }

  return {
    async prepare(supergraph, source, { operationName, variables }, request) {
      const { method, context, record } = request
      const { schema, getFieldSubgraphs, executor, operations } = supergraph
      const document = operations.findDocument(source) ?? (await validate(supergraph, source, request))
      const operation = requireOperation(document, operationName)
      requireMethod(method, operation.operation)
      const requireAffordable = requireWithinLimits(
        { document, operation, schema, getFieldSubgraphs },
        limits,
      )
      requireAffordable(variables)
      const plan = (): PlannedOperation<RouterContext> => executor.plan({ source, document, operation })
      const planned = budgets.planning.runCharged(context, () => record.measureWork('plan', plan))
      const prepared = describe(
        supergraph,
        { source, document, operation },
        { requireAffordable, planned, isTrusted: false },
      )
      operations.add(source, document, operationName, prepared)
      if (!isTrusted(source)) logUntrusted(prepared, record)
      return prepared
    },
    authorize: (operation, { context, record }) =>
      operation.authorize?.(context, (plan) => {
        const measured = () => record.measureWork('plan', plan)
        return operation.isTrusted ? measured() : budgets.planning.runCharged(context, measured)
      }),
    async prepareTrusted(supergraph, { sources }) {
      const prepared = new Map<string, PreparedDocument>()
      for (const source of sources) {
        try {
          const known = supergraph.operations.findTrusted(source)
          prepared.set(source, known ?? prepareTrustedDocument(supergraph, source))
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error)
          log.error(
            { document: source.slice(0, maxLoggedLength), reason },
            'A trusted document cannot be used',
          )
        }
        // The requests of a router that is serving already come in between.
        await waitForTurn()
      }
      supergraph.operations.replaceTrusted(prepared)
    },
  }
}

/** The beginning of a document identifies it for its owner. */
const maxLoggedLength = 200
