import '../../packages/platform/sourceMaps'

import { runCommand } from '../command'
import { requestAllRebuilds } from '../eventLog'
import { parseImportArguments, importUsage } from './args'
import { readDataConfig } from '../dataConfig'
import { openImportTarget } from './target'
import { createImportProgress } from './progress'
import { type ImportOutcome, runImport } from './run'

/** `npm run import`: imports a data set. */
runCommand(importUsage, async (args) => {
  const startedAt = performance.now()
  const request = parseImportArguments(args)
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
      // Best effort: when the database has failed, so does this request. A second run of the import repeats it.
      await requestAllRebuilds(target.eventLog).catch(() => undefined)
      throw error
    })
    await requestAllRebuilds(target.eventLog)
    for (const line of outcome.stats.formatSummary()) console.log(line)
    console.log(formatOutcome(outcome, performance.now() - startedAt))
    return toExitStatus(outcome)
  } finally {
    await target.close()
  }
})

/**
 * The first SIGINT or SIGTERM stops the import after the current batch, another one stops it immediately. A signal within a
 * second is the same one: a child of npm receives Ctrl-C twice, from the terminal and from npm.
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

function formatOutcome({ phase }: ImportOutcome, durationMs: number): string {
  switch (phase) {
    case 'done':
      return `Done in ${(durationMs / 1000).toFixed(1)} s.`
    case 'stoppedAtBrokenRow':
      return 'Stopped at the first invalid row (--strict). The rows before it are imported; run it again to continue.'
    case 'interrupted':
      return 'Interrupted. The imported entities are complete; run it again to continue.'
  }
}

function toExitStatus({ phase, stats }: ImportOutcome): number {
  if (phase === 'interrupted') return 130
  return phase === 'done' && stats.brokenRows === 0 ? 0 : 1
}
