import { StartupError } from '../../../packages/platform/lifecycle'
import { externalMongodbHint } from '../requireEngine'
import { isVersionAtLeast, minGlibcVersion, readGlibcVersion } from './glibcVersion'
import { installPrivateGlibc } from './privateGlibc'

/** A command that runs a Node program: append the program's path and its arguments. */
export interface NodeCommand {
  readonly command: string
  readonly args: readonly string[]
}

/**
 * How to run Node so that the embedded engine can be loaded: as it is, or under a newer C library where the machine's
 * is too old, which is fetched into `cacheDir` when first needed.
 * @throws {StartupError} where the engine cannot run on this machine.
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
      `The embedded database needs glibc, and this system has another C library. ${externalMongodbHint}`,
    )
  }
  if (isVersionAtLeast(glibc, minGlibcVersion)) return node
  const { loader, libraryPath } = await installPrivateGlibc(cacheDir, log)
  return { command: loader, args: ['--library-path', libraryPath, process.execPath] }
}
