/** Returns the median, the higher one of two, or NaN without values. */
export const median = (/** @type {number[]} */ values) =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN
