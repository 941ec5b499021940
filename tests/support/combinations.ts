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
