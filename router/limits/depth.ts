import { foldOperation, isIntrospection, largest, type Expandable } from './expansion'

/** How many fields stand one below the other; `{ a { b } }` has 2. */
export function depthOf(operation: Expandable): number {
  return foldOperation(operation, (field, below) => (isIntrospection(field) ? 0 : 1 + below), largest)
}
