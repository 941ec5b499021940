// Excludes offsets such as "+01:00", which Intl accepts.
const namePattern = /^[A-Za-z][A-Za-z0-9_+\-/]{0,99}$/

/** Segments of IANA names that are not capitalized word by word. */
const irregularSegments = new Map(
  [
    ...['ACT', 'BajaNorte', 'BajaSur', 'CET', 'ComodRivadavia', 'CST6CDT', 'DeNoronha', 'DumontDUrville'],
    ...['EasterIsland', 'EET', 'EST', 'EST5EDT', 'GB', 'GB-Eire', 'HST', 'Knox_IN', 'LHI', 'McMurdo', 'MET'],
    ...['MST', 'MST7MDT', 'NSW', 'NZ', 'NZ-CHAT', 'PRC', 'PST8PDT', 'ROC', 'ROK', 'UCT', 'US', 'UTC', 'W-SU'],
    ...['WET'],
  ].map((segment) => [segment.toLowerCase(), segment]),
)

/** Words in the middle of a name, for example in America/Port_of_Spain. */
const lowerCaseWords = new Set(['au', 'es', 'of'])

/** Returns the IANA time zone of this name in its canonical spelling, an alias as such; undefined if it does not exist. */
export function readTimeZone(name: string): string | undefined {
  if (!namePattern.test(name)) return undefined
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions()
    // Intl resolves an alias to another name, for example Asia/Kolkata to Asia/Calcutta.
    return timeZone.toLowerCase() === name.toLowerCase() ? timeZone : spellName(name)
  } catch {
    return undefined
  }
}

function spellName(name: string): string {
  return name.toLowerCase().split('/').map(spellSegment).join('/')
}

function spellSegment(segment: string): string {
  if (segment.startsWith('gmt')) return segment.toUpperCase()
  return irregularSegments.get(segment) ?? segment.replace(/[a-z]+/g, capitalize)
}

const capitalize = (word: string): string =>
  lowerCaseWords.has(word) ? word : word.charAt(0).toUpperCase() + word.slice(1)
