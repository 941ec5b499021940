import '../../packages/platform/sourceMaps'

import { runCommand } from '../command'
import { requestAllRebuilds } from '../eventLog'
import { parseImportArguments, importUsage } from './args'
import { readDataConfig } from '../dataConfig'
import { openImportTarget } from './target'
import { createImportProgress } from './progress'
import { type ImportOutcome, runImport } from './run'

/** `npm run import`. */
runCommand(importUsage, async (words) => {
  const began = performance.now()
  const request = parseImportArguments(words)
  const config = readDataConfig()
  const signal = abortOnSignal()
  const target = await openImportTarget(config, (line) => console.error(line))
  try {
    const outcome = await runImport({
      request,
      writer: target.writer,
      createProgress: (files) => createImportProgress(files, process.stderr),
      signal,
    }).catch(async (error: unknown) => {
      // Where the database is what failed, so does this: running it again, whole, makes up for it.
      await requestAllRebuilds(target.feed).catch(() => undefined)
      throw error
    })
    await requestAllRebuilds(target.feed)
    for (const line of outcome.tally.formatSummary()) console.log(line)
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

function closingLine({ phase }: ImportOutcome, milliseconds: number): string {
  switch (phase) {
    case 'done':
      return `Done in ${(milliseconds / 1000).toFixed(1)} s.`
    case 'stoppedAtBrokenRow':
      return 'Stopped at the first broken row, as --strict asks. What came before it is in; run it again to go on.'
    case 'interrupted':
      return 'Stopped. Nothing is half done: run it again to go on.'
  }
}

function exitCodeOf({ phase, tally }: ImportOutcome): number {
  if (phase === 'interrupted') return 130
  return phase === 'done' && tally.brokenRows === 0 ? 0 : 1
}
