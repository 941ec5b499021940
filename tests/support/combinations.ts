/** Returns every subset of the fields, from none to all. */
export function listCombinations<Fields extends object>(fields: Fields): Partial<Fields>[] {
  return Object.entries(fields).reduce<Partial<Fields>[]>(
    (combinations, [name, value]) => [
      ...combinations,
      ...combinations.map((combination) => ({ ...combination, [name]: value })),
    ],
    [{}],
  )
}

/** Describes a combination for a test title. */
export const describeCombination = (combination: object): string =>
  Object.keys(combination).join(', ') || 'nothing'

/** Writes a combination as the content of an input object of a document. */
export const describeFilter = (combination: object): string =>
  Object.entries(combination)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .join(', ')
