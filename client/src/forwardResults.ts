import { GraphQLRequestError } from './errors.ts'
import type { GraphQLResponse } from './sendOperation.ts'

export interface ResultObserver {
  next(result: GraphQLResponse<unknown>): void
  error(error: unknown): void
  complete(): void
}

/**
 * Forwards the results of a subscription to an observer. GraphQL errors that end the subscription are its last result, as they
 * are over HTTP.
 *
 * @returns a function that unsubscribes
 */
export function forwardResults(
  results: AsyncIterableIterator<GraphQLResponse<unknown>>,
  observer: ResultObserver,
): () => void {
  async function forward(): Promise<void> {
    try {
      for await (const result of results) observer.next(result)
    } catch (error) {
      if (!(error instanceof GraphQLRequestError) || error.errors.length === 0) return observer.error(error)
      observer.next({ data: error.data, errors: error.errors })
    }
    observer.complete()
  }

  void forward()
  return () => void results.return?.()
}
