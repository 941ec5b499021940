/** The oldest glibc with every symbol that the embedded engine needs. */
export const minGlibcVersion = '2.38'

/** Returns the glibc version of this process, such as `2.36`; undefined with another C library. */
export function readGlibcVersion(): string | undefined {
  const report: unknown = process.report?.getReport()
  if (typeof report !== 'object' || report === null || !('header' in report)) return undefined
  const { header } = report
  if (typeof header !== 'object' || header === null || !('glibcVersionRuntime' in header)) return undefined
  return typeof header.glibcVersionRuntime === 'string' ? header.glibcVersionRuntime : undefined
}

/** Compares versions numerically: 2.9 is older than 2.38. */
export function isVersionAtLeast(version: string, minimum: string): boolean {
  const numbers = version.split('.').map(Number)
  for (const [index, number] of minimum.split('.').map(Number).entries()) {
    const difference = (numbers[index] ?? 0) - number
    if (difference !== 0) return difference > 0
  }
  return true
}
