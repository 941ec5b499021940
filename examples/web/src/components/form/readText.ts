/** Returns the text of a field; empty if the form has no such field. */
export function readText(values: FormData, name: string): string {
  const value = values.get(name)
  return typeof value === 'string' ? value : ''
}

/** Returns the text of a field that can be cleared: null when it is empty. */
export const readOptionalText = (values: FormData, name: string): string | null =>
  readText(values, name).trim() || null
