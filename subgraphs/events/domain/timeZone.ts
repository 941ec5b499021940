// Excludes offsets such as "+01:00", which Intl accepts.
const namePattern = /^[A-Za-z][A-Za-z0-9_+\-/]{0,99}$/

/** Returns the IANA time zone of this name in its canonical capitalization; undefined if it does not exist. */
export function readTimeZone(name: string): string | undefined {
  if (!namePattern.test(name)) return undefined
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions()
    // Keeps an alias (Asia/Calcutta) as given.
    return timeZone.toLowerCase() === name.toLowerCase() ? timeZone : name
  } catch {
    return undefined
  }
}
