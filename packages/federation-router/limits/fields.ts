import { foldOperation, sum, type OperationWithFragments } from './operationFold'

/**
 * How many fields are selected, one in a fragment counted each time that the fragment is spread: what the planner has
 * to work through. Fragments that spread each other can make millions of a few lines.
 */
export function countFields(operation: OperationWithFragments): number {
  return foldOperation(operation, (_field, below) => 1 + below, sum)
}
