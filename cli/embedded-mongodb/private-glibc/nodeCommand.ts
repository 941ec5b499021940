import { StartupError } from '../../../packages/platform'
import { externalMongodbHint } from '../requireEngine'
import { isVersionAtLeast, minGlibcVersion, readGlibcVersion } from './glibcVersion'
import { installPrivateGlibc } from './privateGlibc'

/** A command that runs a Node.js program: the program's path and arguments are appended. */
interface NodeCommand {
  readonly command: string
  readonly args: readonly string[]
}

/**
 * Returns the command that runs Node.js so that it can load the embedded engine: with a private glibc, installed once into
 * `cacheDir`, if the machine's is too old.
 * @throws {StartupError} when the engine cannot run on this machine
 */
export async function resolveNodeCommand(
  cacheDir: string,
  log: (line: string) => void,
): Promise<NodeCommand> {
  const node = { command: process.execPath, args: [] }
  if (process.platform !== 'linux') return node
  const glibc = readGlibcVersion()
  if (glibc === undefined) {
    throw new StartupError(
      `The embedded database needs glibc, and this machine has another C library.\n${externalMongodbHint}`,
    )
  }
  if (isVersionAtLeast(glibc, minGlibcVersion)) return node
  const { loader, libraryPath } = await installPrivateGlibc(cacheDir, log)
  return { command: loader, args: ['--library-path', libraryPath, process.execPath] }
}
