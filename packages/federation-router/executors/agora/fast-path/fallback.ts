/** Thrown for a plan, or a part of one, that only the standard executor supports. */
export class UnsupportedPlan extends Error {}

/**
 * Thrown when a response does not have the shape that the plan implies: an error, a null of a non-null type, fields in
 * another order. The operation then falls back to the standard executor, which reports the errors.
 */
export const shapeMismatch = Symbol('shape mismatch')

export function failOnShape(): never {
  throw shapeMismatch
}
