import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { copyEnvironment } from '../../../packages/platform/config/environment'
import { selectDebianMirrors, parseAptSources } from './aptSources'

const run = promisify(execFile)

const keyrings = [
  '/usr/share/keyrings/debian-archive-keyring.gpg',
  '/usr/share/keyrings/debian-archive-keyring.pgp',
]

/**
 * The Debian mirrors that this machine takes its packages from, the likeliest first.
 * @throws {Error} when there is none
 */
export async function readDebianMirrors(): Promise<string[]> {
  const parts = await readdir('/etc/apt/sources.list.d').catch(() => [])
  const files = ['sources.list', ...parts.sort().map((name) => join('sources.list.d', name))]
  const sources = await Promise.all(
    files
      .filter((name) => /\.(list|sources)$/.test(name))
      .map(async (name) =>
        parseAptSources(name, await readFile(join('/etc/apt', name), 'utf8').catch(() => '')),
      ),
  )
  const mirrors = selectDebianMirrors(sources.flat())
  if (mirrors.length === 0)
    throw new Error('there is no Debian mirror in /etc/apt/sources.list and sources.list.d.')
  return mirrors
}

/** What to bring, and where to. */
export interface PackageDownload {
  /** An empty folder for the archives, and for what apt needs to know. */
  readonly folder: string
  readonly mirror: string
  /** Debian's name of it, such as `amd64`. */
  readonly architecture: string
  readonly packages: readonly string[]
  readonly signal: AbortSignal
}

/**
 * Brings packages of Debian trixie into a folder with the machine's own apt, checked with its own Debian keyring, and
 * leaves the machine as it was. No rights are needed.
 * @throws {Error} whose `stderr` is what apt said
 */
export async function downloadPackages({
  folder,
  mirror,
  architecture,
  packages,
  signal,
}: PackageDownload): Promise<void> {
  const keyring = keyrings.find(existsSync)
  const source = `deb [arch=${architecture}${keyring ? ` signed-by=${keyring}` : ''}] ${mirror} trixie main\n`
  await mkdir(join(folder, 'state', 'lists', 'partial'), { recursive: true })
  await mkdir(join(folder, 'cache', 'archives', 'partial'), { recursive: true })
  await writeFile(join(folder, 'status'), '')
  await writeFile(join(folder, 'sources.list'), source)
  await writeFile(join(folder, 'apt.conf'), aptConfiguration(folder, architecture))
  const apt = (...command: string[]) =>
    run('apt-get', ['-q', '-c', join(folder, 'apt.conf'), ...command], {
      cwd: folder,
      signal,
      timeout: 300_000,
      env: { ...copyEnvironment(), LC_ALL: 'C' },
    })
  await apt('update')
  await apt('download', ...packages)
}

/**
 * Read after the machine's own configuration, whose proxy is wanted and whose hooks are not: they tell other programs
 * of an update that never happened. A folder in somebody's home is closed to apt's sandbox user.
 */
function aptConfiguration(folder: string, architecture: string): string {
  const settings = {
    'Dir::State': join(folder, 'state'),
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': join(folder, 'cache'),
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'APT::Architecture': architecture,
    'APT::Architectures::': architecture,
    'APT::Sandbox::User': 'root',
    'APT::Update::Error-Mode': 'any',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
    'Acquire::http::Timeout': '15',
    'Acquire::https::Timeout': '15',
  }
  const cleared = [
    'APT::Architectures',
    'APT::Default-Release',
    'APT::Update::Pre-Invoke',
    'APT::Update::Post-Invoke',
  ]
  return [
    ...[...cleared, 'APT::Update::Post-Invoke-Success', 'Acquire::IndexTargets'].map(
      (name) => `#clear ${name};`,
    ),
    ...Object.entries(settings).map(([name, value]) => `${name} "${value}";`),
    'Acquire::IndexTargets::deb::Packages { MetaKey "$(COMPONENT)/binary-$(ARCHITECTURE)/Packages"; };',
    '',
  ].join('\n')
}
