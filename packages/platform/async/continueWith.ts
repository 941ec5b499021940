/**
 * Passes a value on to a function: at once, or when the promise of it is fulfilled. For paths that rarely wait, since
 * `await` also delays a value that is known already.
 *
 * @throws the error of `next`, for a value that is known already
 */
export const continueWith = <Value, Result>(
  value: Value | Promise<Value>,
  next: (value: Value) => Result | Promise<Result>,
): Result | Promise<Result> => (value instanceof Promise ? value.then(next) : next(value))
