// Names, not offsets: Intl takes "+01:00" too.
const form = /^[A-Za-z][A-Za-z0-9_+\-/]{0,99}$/

/**
 * The time zone of this IANA name, in the database's own capitals.
 *
 * @returns undefined when there is none
 */
export function readTimeZone(name: string): string | undefined {
  if (!form.test(name)) return undefined
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions()
    // An old name of a zone (Asia/Calcutta) stays as it was given.
    return timeZone.toLowerCase() === name.toLowerCase() ? timeZone : name
  } catch {
    return undefined
  }
}
