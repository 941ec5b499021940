/** Every way of giving some of these fields and leaving out the others, from none to all. */
export function combinationsOf<Fields extends object>(fields: Fields): Partial<Fields>[] {
  return Object.entries(fields).reduce<Partial<Fields>[]>(
    (combinations, [name, value]) => [
      ...combinations,
      ...combinations.map((combination) => ({ ...combination, [name]: value })),
    ],
    [{}],
  )
}

/** Names a combination in a test's title. */
export const describeCombination = (combination: object): string =>
  Object.keys(combination).join(', ') || 'nothing'
