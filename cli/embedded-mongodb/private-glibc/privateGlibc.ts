import { execFile } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { access, constants, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { StartupError } from '../../../packages/platform/lifecycle'
import { errorCode, errorMessage } from '../../errorText'
import { logWhileWaiting } from '../../logWhileWaiting'
import { externalMongodbHint } from '../requireEngine'
import { downloadPackages, readDebianMirrors } from './apt'

const run = promisify(execFile)

/** Names that differ between the processors which the embedded engine is built for. */
interface Names {
  readonly apt: string
  readonly triplet: string
  readonly loader: string
}

const architectures: Partial<Record<NodeJS.Architecture, Names>> = {
  x64: { apt: 'amd64', triplet: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { apt: 'arm64', triplet: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
}

const packages = ['libc6', 'libgcc-s1', 'libstdc++6']

/** A dynamic loader and the libraries it is to use. */
export interface PrivateGlibc {
  readonly loader: string
  readonly libraryPath: string
}

/**
 * A private copy of Debian trixie's C library, for one process to run under: from the cache, or brought once with the
 * machine's own apt, from its own mirror and checked with its own Debian keyring. Nothing of the machine is changed, so
 * it needs no rights. Safe to call from several processes at once.
 * @throws {StartupError} where it cannot be had; the message says what to do instead.
 */
export async function installPrivateGlibc(
  cacheDir: string,
  log: (line: string) => void,
): Promise<PrivateGlibc> {
  const names = architectures[process.arch]
  if (!names)
    throw new StartupError(`The embedded database does not run on ${process.arch}. ${externalMongodbHint}`)
  const folder = join(cacheDir, `trixie-${names.apt}`)
  const library = libraryIn(folder, names)
  if (existsSync(library.loader)) return library
  await makeCacheFolder(cacheDir)
  log(`Bringing Debian trixie's C library for the embedded database, once, into ${folder} …`)
  try {
    const bringing = bring(cacheDir, folder, names)
    await logWhileWaiting(log, () => "waiting for Debian's C library", bringing)
  } catch (error) {
    throw new StartupError(
      `The embedded database needs glibc 2.38; this machine's is older, and a newer one could not be brought with apt: ` +
        `${firstLines(error)}\n${externalMongodbHint}`,
    )
  }
  return library
}

function libraryIn(folder: string, names: Names): PrivateGlibc {
  const libraryPath = join(folder, 'root', 'usr', 'lib', names.triplet)
  return { loader: join(libraryPath, names.loader), libraryPath }
}

async function makeCacheFolder(cacheDir: string): Promise<void> {
  try {
    await mkdir(cacheDir, { recursive: true })
    await access(cacheDir, constants.W_OK)
  } catch (error) {
    throw new StartupError(
      `The embedded database needs a newer C library than this machine's, and a folder to keep it in: ` +
        `${errorMessage(error)}\nSet XDG_CACHE_HOME to a directory that can be written.`,
    )
  }
}

/**
 * Works in a folder of its own and renames it into place, so that a half-made copy is never used, nor one that
 * does not run Node. When this process ends
 * meanwhile, so does apt, and the folder goes.
 */
async function bring(cacheDir: string, folder: string, names: Names): Promise<void> {
  await removeAbandoned(cacheDir)
  const work = await mkdtemp(join(cacheDir, 'work-'))
  const ending = new AbortController()
  const abandon = () => {
    ending.abort()
    rmSync(work, { recursive: true, force: true })
  }
  process.once('exit', abandon)
  try {
    const download = { folder: work, architecture: names.apt, packages, signal: ending.signal }
    await firstThatWorks(await readDebianMirrors(), (mirror) => downloadPackages({ ...download, mirror }))
    await mkdir(join(work, 'made', 'root'), { recursive: true })
    for (const archive of (await readdir(work)).filter((name) => name.endsWith('.deb'))) {
      await run('dpkg-deb', ['-x', join(work, archive), join(work, 'made', 'root')], {
        signal: ending.signal,
      })
    }
    const { loader, libraryPath } = libraryIn(join(work, 'made'), names)
    await run(loader, ['--library-path', libraryPath, process.execPath, '--version'])
    await rename(join(work, 'made'), folder).catch((error: unknown) => {
      // Another process was first with the same.
      if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) throw error
    })
  } finally {
    process.off('exit', abandon)
    await rm(work, { recursive: true, force: true })
  }
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
  const text = typeof said === 'string' && said.trim() !== '' ? said.trim() : errorMessage(error)
  return text.split('\n').slice(0, 4).join('\n')
}
