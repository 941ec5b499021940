/** The first glibc that has every symbol the embedded engine's binary needs. */
export const minGlibcVersion = '2.38'

/** The glibc this process runs on, such as `2.36`; undefined on another C library or system. */
export function readGlibcVersion(): string | undefined {
  const report: unknown = process.report?.getReport()
  if (typeof report !== 'object' || report === null || !('header' in report)) return undefined
  const { header } = report
  if (typeof header !== 'object' || header === null || !('glibcVersionRuntime' in header)) return undefined
  return typeof header.glibcVersionRuntime === 'string' ? header.glibcVersionRuntime : undefined
}

/** Whether a version such as `2.41` is at least another, part by part as numbers: 2.9 is older than 2.38. */
export function isVersionAtLeast(version: string, needed: string): boolean {
  const have = version.split('.').map(Number)
  const want = needed.split('.').map(Number)
  for (const [index, part] of want.entries()) {
    const difference = (have[index] ?? 0) - part
    if (difference !== 0) return difference > 0
  }
  return true
}
