import { Counter } from 'prom-client'

import { cacheChildren, createNameBound, maxUntrustedNames } from './boundedNames'
import { createDurationHistogram } from './durationHistogram'
import type { Registry } from './metrics'
import { anonymousName } from './operationFields'

/** The types of operations in metrics; `unknown`: the request contains no valid operation. */
export type OperationType = 'query' | 'mutation' | 'subscription' | 'unknown'

/** The instruments of one operation, to be kept with it. */
export interface OperationInstruments {
  observeDuration(seconds: number): void
  countError(code: string): void
}

/** The metrics of GraphQL operations. */
export interface OperationMetrics {
  /**
   * Returns the instruments of an operation that is valid: its name becomes a label, while there are labels left.
   *
   * @param name undefined for an anonymous operation
   * @param isTrusted whether a signed-in viewer or a trusted document uses the name: others, which may make names up, leave half
   *   of the labels to them
   */
  forOperation(name: string | undefined, type: OperationType, isTrusted: boolean): OperationInstruments
  /** The instruments of all requests without a valid operation. */
  unknown: OperationInstruments
}

const unknownName = 'unknown'
const maxErrorCodes = 50

/**
 * Registers the metrics of GraphQL operations, if metrics are read; labels as in
 * https://opentelemetry.io/docs/specs/semconv/graphql/graphql-spans/.
 */
export function createOperationMetrics(registry: Registry | undefined): OperationMetrics {
  const findSeries = createDurationHistogram({
    name: 'graphql_operation_duration_seconds',
    help: 'Duration of GraphQL operations; of a subscription, until it has started.',
    labelNames: ['graphql_operation_name', 'graphql_operation_type'],
    registry,
  })
  const errors = new Counter({
    name: 'graphql_operation_errors_total',
    help: 'Errors in responses to GraphQL operations.',
    labelNames: ['graphql_operation_name', 'error_type'],
    registers: registry ? [registry] : [],
  })
  const boundName = createNameBound()
  const boundCode = createNameBound(maxErrorCodes)

  function createInstruments(name: string, type: OperationType): OperationInstruments {
    return {
      observeDuration: findSeries(name, type),
      countError: (code) => errors.inc({ graphql_operation_name: name, error_type: boundCode(code) }),
    }
  }

  const createByName = (type: OperationType) => cacheChildren((name) => createInstruments(name, type))
  const byType: Record<OperationType, (name: string) => OperationInstruments> = {
    query: createByName('query'),
    mutation: createByName('mutation'),
    subscription: createByName('subscription'),
    unknown: createByName('unknown'),
  }
  return {
    forOperation: (name = anonymousName, type, isTrusted) =>
      byType[type](boundName(name, isTrusted ? undefined : maxUntrustedNames)),
    unknown: byType.unknown(unknownName),
  }
}
