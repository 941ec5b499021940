/** The middle one of these numbers; the higher one of two. NaN for none. */
export const median = (/** @type {number[]} */ values) =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN
