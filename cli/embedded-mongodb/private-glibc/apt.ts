import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { copyEnvironment } from '../../../packages/platform'
import { selectDebianMirrors, parseAptSources } from './aptSources'

const run = promisify(execFile)

const keyrings = [
  '/usr/share/keyrings/debian-archive-keyring.gpg',
  '/usr/share/keyrings/debian-archive-keyring.pgp',
]

/**
 * Returns the Debian mirrors in the apt sources of this machine, the most likely first.
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

interface PackageDownload {
  /** An empty folder for the archives and the state of apt. */
  readonly folder: string
  readonly mirror: string
  /** As Debian names it, such as `amd64`. */
  readonly architecture: string
  readonly packages: readonly string[]
  readonly signal: AbortSignal
}

/**
 * Downloads packages of Debian trixie into a folder with the apt and the Debian keyring of this machine. Needs no
 * privileges and changes nothing outside the folder.
 * @throws {Error} whose `stderr` is the output of apt
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
  await writeFile(join(folder, 'apt.conf'), createAptConfiguration(folder, architecture))
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
 * Returns the configuration that apt reads after that of the machine. It keeps the proxy and clears the hooks, which would
 * notify other programs of an update. The sandbox user of apt cannot read home directories, so root's rights are kept.
 */
function createAptConfiguration(folder: string, architecture: string): string {
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
