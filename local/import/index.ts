import { runCommand } from '../command'
import { askForAllRebuilds } from '../feed'
import { readArguments, usage } from './args'
import { readImportConfig } from './config'
import { openTarget } from './database'
import { createProgress } from './progress'
import { type Outcome, runImport } from './run'

/** `npm run import`. */
runCommand(usage, async (words) => {
  const began = performance.now()
  const request = readArguments(words)
  const config = readImportConfig()
  const signal = abortOnSignal()
  const target = await openTarget(config, (line) => console.error(line))
  try {
    const outcome = await runImport({
      request,
      sink: target.sink,
      createProgress: (files) => createProgress(files, process.stderr),
      signal,
    }).catch(async (error: unknown) => {
      // Where the database is what failed, so does this: running it again, whole, makes up for it.
      await askForAllRebuilds(target.feed).catch(() => undefined)
      throw error
    })
    await askForAllRebuilds(target.feed)
    for (const line of outcome.tally.summary()) console.log(line)
    console.log(closingLine(outcome, performance.now() - began))
    return exitCodeOf(outcome)
  } finally {
    await target.close()
  }
})

/**
 * Ctrl-C or SIGTERM ends the import after the batch under way; another one, a second later or more, ends it as it is.
 * Sooner it is the same one: from a terminal, npm's child gets it twice, from the terminal and from npm.
 */
function abortOnSignal(): AbortSignal {
  const controller = new AbortController()
  let abortedAt = Infinity
  const onSignal = () => {
    if (performance.now() - abortedAt >= 1000) process.exit(130)
    abortedAt = Math.min(abortedAt, performance.now())
    controller.abort()
  }
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, onSignal)
  return controller.signal
}

function closingLine({ phase }: Outcome, milliseconds: number): string {
  switch (phase) {
    case 'done':
      return `Done in ${(milliseconds / 1000).toFixed(1)} s.`
    case 'stoppedAtBrokenRow':
      return 'Stopped at the first broken row, as --strict asks. What came before it is in; run it again to go on.'
    case 'interrupted':
      return 'Stopped. Nothing is half done: run it again to go on.'
  }
}

function exitCodeOf({ phase, tally }: Outcome): number {
  if (phase === 'interrupted') return 130
  return phase === 'done' && tally.brokenRows === 0 ? 0 : 1
}
