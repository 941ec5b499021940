import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inheritedEnvironment } from '../../../subgraphs/shared/env'
import { StartError } from '../../../subgraphs/shared/lifecycle'
import { codeOf, reasonOf } from '../../errorText'
import { debianMirrors, parseAptSources } from './aptSources'

const run = promisify(execFile)

/** Names that differ between the processors which the embedded engine is built for. */
const architectures: Partial<Record<NodeJS.Architecture, { apt: string; triplet: string; loader: string }>> =
  {
    x64: { apt: 'amd64', triplet: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
    arm64: { apt: 'arm64', triplet: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
  }

const packages = ['libc6', 'libgcc-s1', 'libstdc++6']
const keyrings = [
  '/usr/share/keyrings/debian-archive-keyring.gpg',
  '/usr/share/keyrings/debian-archive-keyring.pgp',
]
const insteadOfIt =
  'Set MONGODB_URI to a MongoDB 6.0 or later instead, for example to the one that `docker compose up -d mongodb` starts.'

/** A dynamic loader and the libraries it is to use. */
export interface NewerLibrary {
  readonly loader: string
  readonly libraryPath: string
}

/**
 * A private copy of Debian trixie's C library, for one process to run under: from the cache, or brought once with the
 * machine's own apt, from its own mirror and checked with its own Debian keyring. Nothing of the machine is changed, so
 * it needs no rights. Safe to call from several processes at once.
 * @throws {StartError} where it cannot be had; the message says what to do instead.
 */
export async function newerLibrary(cacheDir: string, log: (line: string) => void): Promise<NewerLibrary> {
  const names = architectures[process.arch]
  if (!names) throw new StartError(`The embedded database does not run on ${process.arch}. ${insteadOfIt}`)
  const folder = join(cacheDir, `trixie-${names.apt}`)
  const libraryPath = join(folder, 'root', 'usr', 'lib', names.triplet)
  const library = { loader: join(libraryPath, names.loader), libraryPath }
  if (existsSync(library.loader)) return library
  log(`Bringing Debian trixie's C library for the embedded database, once, into ${folder} …`)
  try {
    await bring(cacheDir, folder, names.apt)
  } catch (error) {
    throw new StartError(
      `The embedded database needs glibc 2.38; this machine's is older, and a newer one could not be brought with apt: ` +
        `${firstLines(error)}\n${insteadOfIt}`,
    )
  }
  return library
}

/** Works in a folder of its own and renames it into place, so that a half-made copy is never used. */
async function bring(cacheDir: string, folder: string, architecture: string): Promise<void> {
  await mkdir(cacheDir, { recursive: true })
  await removeAbandoned(cacheDir)
  const work = await mkdtemp(join(cacheDir, 'work-'))
  try {
    await firstThatWorks(await machineMirrors(), (mirror) => download(work, mirror, architecture))
    for (const archive of (await readdir(work)).filter((name) => name.endsWith('.deb'))) {
      await run('dpkg-deb', ['-x', join(work, archive), join(work, 'made', 'root')])
    }
    await rename(join(work, 'made'), folder).catch((error: unknown) => {
      // Another process was first with the same.
      if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) throw error
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function machineMirrors(): Promise<string[]> {
  const parts = await readdir('/etc/apt/sources.list.d').catch(() => [])
  const files = ['sources.list', ...parts.sort().map((name) => join('sources.list.d', name))]
  const sources = await Promise.all(
    files
      .filter((name) => /\.(list|sources)$/.test(name))
      .map(async (name) =>
        parseAptSources(name, await readFile(join('/etc/apt', name), 'utf8').catch(() => '')),
      ),
  )
  const mirrors = debianMirrors(sources.flat())
  if (mirrors.length === 0)
    throw new Error('there is no Debian mirror in /etc/apt/sources.list and sources.list.d.')
  return mirrors
}

async function firstThatWorks(mirrors: string[], attempt: (mirror: string) => Promise<void>): Promise<void> {
  const [mirror, ...others] = mirrors
  if (mirror === undefined) return
  try {
    await attempt(mirror)
  } catch (error) {
    if (others.length === 0) throw error
    await firstThatWorks(others, attempt)
  }
}

async function download(work: string, mirror: string, architecture: string): Promise<void> {
  const keyring = keyrings.find(existsSync)
  const source = `deb [arch=${architecture}${keyring ? ` signed-by=${keyring}` : ''}] ${mirror} trixie main\n`
  await mkdir(join(work, 'state', 'lists', 'partial'), { recursive: true })
  await mkdir(join(work, 'cache', 'archives', 'partial'), { recursive: true })
  await mkdir(join(work, 'made', 'root'), { recursive: true })
  await writeFile(join(work, 'status'), '')
  await writeFile(join(work, 'sources.list'), source)
  await writeFile(join(work, 'apt.conf'), aptConfiguration(work, architecture))
  const apt = (...command: string[]) =>
    run('apt-get', ['-q', '-c', join(work, 'apt.conf'), ...command], {
      cwd: work,
      timeout: 120_000,
      env: { ...inheritedEnvironment(), LC_ALL: 'C' },
    })
  await apt('update')
  await apt('download', ...packages)
}

/**
 * Read after the machine's own configuration, whose proxy is wanted and whose hooks are not: they tell other programs
 * of an update that never happened. A folder in somebody's home is closed to apt's sandbox user.
 */
function aptConfiguration(work: string, architecture: string): string {
  const settings = {
    'Dir::State': join(work, 'state'),
    'Dir::State::status': join(work, 'status'),
    'Dir::Cache': join(work, 'cache'),
    'Dir::Etc::sourcelist': join(work, 'sources.list'),
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

/** Work folders of processes that were killed: nothing takes an hour. */
async function removeAbandoned(cacheDir: string): Promise<void> {
  for (const name of (await readdir(cacheDir)).filter((entry) => entry.startsWith('work-'))) {
    const folder = join(cacheDir, name)
    const age = await stat(folder).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    )
    if (age > 3_600_000) await rm(folder, { recursive: true, force: true })
  }
}

/** What apt said, without its progress. */
function firstLines(error: unknown): string {
  const said: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'stderr') : undefined
  const text = typeof said === 'string' && said.trim() !== '' ? said.trim() : reasonOf(error)
  return text.split('\n').slice(0, 4).join('\n')
}
