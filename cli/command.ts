import { parseArgs, type ParseArgsConfig } from 'node:util'

import { ConfigError, StartupError } from '../packages/platform'

/** A command was called with invalid arguments. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** A command cannot complete its work. The message names the cause and the remedy. */
export class CommandError extends Error {
  override name = 'CommandError'
}

/** The status that a shell reports for a program that SIGPIPE has ended. Node.js ignores that signal. */
const brokenPipeStatus = 128 + 13

/**
 * Runs a shell command and exits: with the status that `main` returns, with 1 when it throws, or with 2 and the usage
 * when it throws a UsageError. Expected errors are printed without a stack. `--help` prints the usage. A closed output,
 * such as that of `… | head`, ends the command without a message.
 *
 * @param main receives the arguments after the program's name
 */
export function runCommand(usage: string, main: (args: readonly string[]) => Promise<number>): void {
  for (const output of [process.stdout, process.stderr]) output.on('error', exitOnOutputError)
  const args = process.argv.slice(2)
  if (args.includes('--help') || args.includes('-h')) {
    console.log(usage)
    return
  }
  // The error of the last output is emitted before that.
  const exit = (status: number) => setImmediate(() => process.exit(status))
  main(args).then(exit, (error: unknown) => exit(printError(error, usage)))
}

function exitOnOutputError(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(brokenPipeStatus)
  console.error(`The output cannot be written: ${error.message}`)
  process.exit(1)
}

/** @returns the exit status */
function printError(error: unknown, usage: string): number {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${usage}`)
    return 2
  }
  const isExpected =
    error instanceof CommandError || error instanceof ConfigError || error instanceof StartupError
  console.error(isExpected ? error.message : error)
  return 1
}

/** @throws UsageError for an unknown option, or one without its value */
export function parseOptions<const Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
