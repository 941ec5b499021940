import { StartError } from '../../../subgraphs/shared/lifecycle'
import { insteadOfIt, newerLibrary } from './newerLibrary'
import { isAtLeast, neededGlibc, runningGlibc } from './version'

/** A command that runs a Node program: append the program's path and its arguments. */
export interface NodeCommand {
  readonly command: string
  readonly args: readonly string[]
}

/**
 * How to run Node so that the embedded engine can be loaded: as it is, or under a newer C library where the machine's
 * is too old, which is fetched into `cacheDir` when first needed.
 * @throws {StartError} where the engine cannot run on this machine.
 */
export async function nodeCommand(cacheDir: string, log: (line: string) => void): Promise<NodeCommand> {
  const node = { command: process.execPath, args: [] }
  if (process.platform !== 'linux') return node
  const glibc = runningGlibc()
  if (glibc === undefined) {
    throw new StartError(
      `The embedded database needs glibc, and this system has another C library. ${insteadOfIt}`,
    )
  }
  if (isAtLeast(glibc, neededGlibc)) return node
  const { loader, libraryPath } = await newerLibrary(cacheDir, log)
  return { command: loader, args: ['--library-path', libraryPath, process.execPath] }
}
