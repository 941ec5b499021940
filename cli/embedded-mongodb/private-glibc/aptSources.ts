/** Where a machine's packages come from: one entry of its apt sources, as far as it matters here. */
export interface AptSource {
  readonly uri: string
  readonly suite: string
  readonly components: readonly string[]
  /** The keyring file it is signed by, where the entry names one. */
  readonly signedBy?: string
}

/**
 * Reads a sources file of either format: one line an entry (`*.list`) or deb822 paragraphs (`*.sources`). Entries that
 * are disabled, commented out or for source packages alone are left out. See sources.list(5).
 */
export function parseAptSources(fileName: string, text: string): AptSource[] {
  return fileName.endsWith('.sources') ? parseParagraphs(text) : text.split('\n').flatMap(parseLine)
}

const oneLine = /^\s*deb\s+(?:\[(?<options>[^\]]*)\]\s+)?(?<uri>\S+)\s+(?<suite>\S+)\s+(?<components>[^#]*)/

function parseLine(line: string): AptSource[] {
  const found = oneLine.exec(line)?.groups
  if (!found?.uri || !found.suite) return []
  const signedBy = words(found.options).flatMap((option) => /^signed-by=(.*)$/i.exec(option)?.[1] ?? [])[0]
  return [source(found.uri, found.suite, words(found.components), signedBy)]
}

function parseParagraphs(text: string): AptSource[] {
  const plain = text.replace(/^#.*\n?/gm, '')
  return plain.split(/\n\s*\n/).flatMap((paragraph) => {
    const field = (name: string): string | undefined =>
      new RegExp(`^${name}:(.*(?:\\n[ \\t].*)*)`, 'im').exec(paragraph)?.[1]?.trim()
    if (
      !words(field('Types')).includes('deb') ||
      /^(no|false|0|off|without)$/i.test(field('Enabled') ?? 'yes')
    )
      return []
    const components = words(field('Components'))
    return words(field('URIs')).flatMap((uri) =>
      words(field('Suites')).map((suite) => source(uri, suite, components, field('Signed-By'))),
    )
  })
}

/** Signed-By may also be a key itself or a fingerprint; only a file is of use here. */
function source(uri: string, suite: string, components: string[], signedBy?: string): AptSource {
  const keyring = words(signedBy)[0]
  return { uri, suite, components, ...(keyring?.startsWith('/') ? { signedBy: keyring } : {}) }
}

const words = (text = ''): string[] => text.split(/\s+/).filter((word) => word !== '')

const debianSuites = /^(bullseye|bookworm|trixie|forky|sid|(old)*stable|testing|unstable)$/

/**
 * The Debian mirrors among a machine's sources, the likeliest first, without a `/` at the end. Others use Debian's
 * names of suites for packages of their own, so a mirror must also offer `main`, be under a folder `debian` or on a
 * host of debian.org, and not be signed by a keyring of somebody else. (What a wrong one served, the keyring refuses.)
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
