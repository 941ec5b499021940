import { execFile } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { access, constants, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { StartupError } from '../../../packages/platform'
import { errorCode, errorMessage } from '../../errorText'
import { logWhileWaiting } from '../../logWhileWaiting'
import { externalMongodbHint } from '../requireEngine'
import { downloadPackages, readDebianMirrors } from './apt'

const run = promisify(execFile)

interface Architecture {
  readonly apt: string
  readonly triplet: string
  readonly loader: string
}

const architectures: Partial<Record<NodeJS.Architecture, Architecture>> = {
  x64: { apt: 'amd64', triplet: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { apt: 'arm64', triplet: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
}

const packages = ['libc6', 'libgcc-s1', 'libstdc++6']

/** A dynamic loader and its libraries. */
interface PrivateGlibc {
  readonly loader: string
  readonly libraryPath: string
}

/**
 * Returns a private copy of Debian trixie's glibc for one process: from the cache, or downloaded once with the apt, the
 * mirrors and the Debian keyring of this machine. Needs no privileges and changes nothing outside the cache. Safe to call
 * from several processes.
 * @throws {StartupError} when it cannot be installed
 */
export async function installPrivateGlibc(
  cacheDir: string,
  log: (line: string) => void,
): Promise<PrivateGlibc> {
  const architecture = architectures[process.arch]
  if (!architecture)
    throw new StartupError(`The embedded database does not run on ${process.arch}.\n${externalMongodbHint}`)
  const folder = join(cacheDir, `trixie-${architecture.apt}`)
  const library = resolveLibrary(folder, architecture)
  if (existsSync(library.loader)) return library
  await createCacheFolder(cacheDir)
  log(`Downloading Debian trixie's glibc for the embedded database, once, into ${folder} …`)
  try {
    const installing = install(cacheDir, folder, architecture)
    await logWhileWaiting(log, () => 'waiting for the download of glibc', installing)
  } catch (error) {
    throw new StartupError(
      `The embedded database needs glibc 2.38; this machine's is older, and apt could not download a newer one: ` +
        `${readAptError(error)}\n${externalMongodbHint}`,
    )
  }
  return library
}

function resolveLibrary(folder: string, architecture: Architecture): PrivateGlibc {
  const libraryPath = join(folder, 'root', 'usr', 'lib', architecture.triplet)
  return { loader: join(libraryPath, architecture.loader), libraryPath }
}

async function createCacheFolder(cacheDir: string): Promise<void> {
  try {
    await mkdir(cacheDir, { recursive: true })
    await access(cacheDir, constants.W_OK)
  } catch (error) {
    throw new StartupError(
      `The embedded database needs a newer glibc than this machine's, and a cache directory for it: ` +
        `${errorMessage(error)}\nSet XDG_CACHE_HOME to a directory that can be written.`,
    )
  }
}

/**
 * Downloads into a temporary folder and renames it, so that an incomplete copy, or one that does not run Node.js, is never
 * used. If this process ends meanwhile, apt is stopped and the folder removed.
 */
async function install(cacheDir: string, folder: string, architecture: Architecture): Promise<void> {
  await removeStaleFolders(cacheDir)
  const work = await mkdtemp(join(cacheDir, 'work-'))
  const exiting = new AbortController()
  const cleanUp = () => {
    exiting.abort()
    rmSync(work, { recursive: true, force: true })
  }
  process.once('exit', cleanUp)
  try {
    const download = { folder: work, architecture: architecture.apt, packages, signal: exiting.signal }
    await tryInOrder(await readDebianMirrors(), (mirror) => downloadPackages({ ...download, mirror }))
    await mkdir(join(work, 'new', 'root'), { recursive: true })
    for (const archive of (await readdir(work)).filter((name) => name.endsWith('.deb'))) {
      await run('dpkg-deb', ['-x', join(work, archive), join(work, 'new', 'root')], {
        signal: exiting.signal,
      })
    }
    const { loader, libraryPath } = resolveLibrary(join(work, 'new'), architecture)
    await run(loader, ['--library-path', libraryPath, process.execPath, '--version'])
    await rename(join(work, 'new'), folder).catch((error: unknown) => {
      // Another process has installed the same copy first.
      if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) throw error
    })
  } finally {
    process.off('exit', cleanUp)
    await rm(work, { recursive: true, force: true })
  }
}

async function tryInOrder(mirrors: string[], attempt: (mirror: string) => Promise<void>): Promise<void> {
  const [mirror, ...others] = mirrors
  if (mirror === undefined) return
  try {
    await attempt(mirror)
  } catch (error) {
    if (others.length === 0) throw error
    await tryInOrder(others, attempt)
  }
}

/** Removes the folders of killed processes, which are older than an hour. */
async function removeStaleFolders(cacheDir: string): Promise<void> {
  for (const name of (await readdir(cacheDir)).filter((entry) => entry.startsWith('work-'))) {
    const folder = join(cacheDir, name)
    const age = await stat(folder).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    )
    if (age > 3_600_000) await rm(folder, { recursive: true, force: true })
  }
}

/** Returns the first lines of the error output of apt. */
function readAptError(error: unknown): string {
  const stderr: unknown =
    typeof error === 'object' && error !== null ? Reflect.get(error, 'stderr') : undefined
  const text = typeof stderr === 'string' && stderr.trim() !== '' ? stderr.trim() : errorMessage(error)
  return text.split('\n').slice(0, 4).join('\n')
}
