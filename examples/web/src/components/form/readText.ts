/** Returns the text of a field; empty if the form has no such field. */
export function readText(values: FormData, name: string): string {
  const value = values.get(name)
  return typeof value === 'string' ? value : ''
}

/** Returns the text of a field that can be cleared: null when it is empty. */
export const readOptionalText = (values: FormData, name: string): string | null =>
  readText(values, name).trim() || null

/** Returns the words of a field, which spaces or commas separate. */
export const readWords = (values: FormData, name: string): string[] =>
  readText(values, name)
    .split(/[\s,]+/)
    .filter(Boolean)

/** Returns the number of a field; undefined when it is empty. */
export const readNumber = (values: FormData, name: string): number | undefined => {
  const text = readText(values, name)
  return text === '' ? undefined : Number(text)
}

/** Returns the instant of a `datetime-local` field in the time zone of the browser; undefined when it is empty. */
export const readInstant = (values: FormData, name: string): string | undefined => {
  const text = readText(values, name)
  return text === '' ? undefined : new Date(text).toISOString()
}
