/** The names of the fields of an entity that an operation selects, as in the schema. */
export type SelectedFields = ReadonlySet<string>

/** Returns all fields that any of these selects. */
export const uniteFields = (all: readonly SelectedFields[]): SelectedFields =>
  new Set(all.flatMap((fields) => [...fields]))

/** Returns a text that is the same for the same fields in the same order. */
export const toFieldsKey = (fields: SelectedFields): string => [...fields].join(' ')
