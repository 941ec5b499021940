import { foldOperation, sum, type Expandable } from './expansion'

/** How many fields have an alias, one in a fragment counted each time that the fragment is spread. */
export function countAliases(operation: Expandable): number {
  return foldOperation(operation, (field, below) => (field.alias ? 1 : 0) + below, sum)
}
