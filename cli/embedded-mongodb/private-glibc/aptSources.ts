/** The relevant fields of one entry of the apt sources. */
interface AptSource {
  readonly uri: string
  readonly suite: string
  readonly components: readonly string[]
  /** The keyring file, if the entry names one. */
  readonly signedBy?: string
}

/**
 * Parses a sources file of either format: one entry per line (`*.list`) or deb822 paragraphs (`*.sources`). Skips entries
 * that are disabled, commented out, or only for source packages. See sources.list(5).
 */
export function parseAptSources(fileName: string, text: string): AptSource[] {
  return fileName.endsWith('.sources') ? parseParagraphs(text) : text.split('\n').flatMap(parseLine)
}

const oneLineEntry =
  /^\s*deb\s+(?:\[(?<options>[^\]]*)\]\s+)?(?<uri>\S+)\s+(?<suite>\S+)\s+(?<components>[^#]*)/

function parseLine(line: string): AptSource[] {
  const found = oneLineEntry.exec(line)?.groups
  if (!found?.uri || !found.suite) return []
  const signedBy = splitWords(found.options).flatMap(
    (option) => /^signed-by=(.*)$/i.exec(option)?.[1] ?? [],
  )[0]
  return [createSource(found.uri, found.suite, splitWords(found.components), signedBy)]
}

function parseParagraphs(text: string): AptSource[] {
  const plain = text.replace(/^#.*\n?/gm, '')
  return plain.split(/\n\s*\n/).flatMap((paragraph) => {
    const field = (name: string): string | undefined =>
      new RegExp(`^${name}:(.*(?:\\n[ \\t].*)*)`, 'im').exec(paragraph)?.[1]?.trim()
    if (
      !splitWords(field('Types')).includes('deb') ||
      /^(no|false|0|off|without)$/i.test(field('Enabled') ?? 'yes')
    )
      return []
    const components = splitWords(field('Components'))
    return splitWords(field('URIs')).flatMap((uri) =>
      splitWords(field('Suites')).map((suite) => createSource(uri, suite, components, field('Signed-By'))),
    )
  })
}

/** Signed-By may also contain a key or a fingerprint; only a file is kept. */
function createSource(uri: string, suite: string, components: string[], signedBy?: string): AptSource {
  const keyring = splitWords(signedBy)[0]
  return { uri, suite, components, ...(keyring?.startsWith('/') ? { signedBy: keyring } : {}) }
}

const splitWords = (text = ''): string[] => text.split(/\s+/).filter((word) => word !== '')

const debianSuites = /^(bullseye|bookworm|trixie|forky|sid|(old)*stable|testing|unstable)$/

/**
 * Returns the Debian mirrors among apt sources, the most likely first, without a trailing `/`. Third parties reuse the
 * names of Debian's suites, so a mirror must also offer `main`, be on debian.org or below a folder `debian`, and not be
 * signed by another keyring. Packages of a wrong guess would fail the check of Debian's keyring.
 */
export function selectDebianMirrors(sources: readonly AptSource[]): string[] {
  const mirrors = sources.filter(isDebianMirror).map(({ uri }) => uri.replace(/\/+$/, ''))
  return [...new Set(mirrors)].sort((one, other) => Number(isDebianHost(other)) - Number(isDebianHost(one)))
}

function isDebianMirror({ uri, suite, components, signedBy }: AptSource): boolean {
  return (
    debianSuites.test(suite) &&
    components.includes('main') &&
    (signedBy === undefined || /debian-archive-[^/]*$/.test(signedBy)) &&
    /^(https?|mirror(\+(https?|file))?):/.test(uri) &&
    !/debian-security|security\.debian\.org/.test(uri) &&
    (isDebianHost(uri) || /\/debian([/.]|$)/.test(uri))
  )
}

const isDebianHost = (uri: string): boolean => /^[a-z+]+:\/\/([^/]*\.)?debian\.org(\/|$)/.test(uri)
