import { ConfigError } from '../packages/platform/config/environment'
import { StartupError } from '../packages/platform/lifecycle'

/** A command was given wrong; the message says how. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/**
 * Runs a command of the shell's and exits with its code: what `main` says; 1 when it throws, with one message for what
 * whoever runs it can put right; 2, with the usage, when it was called wrong. `--help` shows the usage.
 *
 * @param main is given the words after the program's name
 */
export function runCommand(usage: string, main: (words: readonly string[]) => Promise<number>): void {
  const words = process.argv.slice(2)
  if (words.includes('--help') || words.includes('-h')) {
    console.log(usage)
    return
  }
  main(words).then(
    (code) => process.exit(code),
    (error: unknown) => process.exit(explain(error, usage)),
  )
}

function explain(error: unknown, usage: string): number {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${usage}`)
    return 2
  }
  const foreseen = error instanceof ConfigError || error instanceof StartupError
  console.error(foreseen ? error.message : error)
  return 1
}
