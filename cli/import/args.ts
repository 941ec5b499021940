import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

import { UsageError } from '../command'
import { meetupFiles } from './meetup/steps'
import { stackExchangeFiles } from './stackexchange/steps'

/** What can be imported, and the files that its folder must have. */
const files = { stackexchange: stackExchangeFiles, meetup: meetupFiles } as const

export type ImportFormat = keyof typeof files

export interface ImportArguments {
  format: ImportFormat
  /** Absolute. */
  folder: string
  /** Stop at the first broken row. */
  strict: boolean
  site: string | undefined
}

export const importUsage = `Usage: npm run import -- stackexchange DIR [--strict] [--source NAME]
       npm run import -- meetup DIR [--strict] [--source NAME]

  stackexchange  a Stack Exchange data dump: ${stackExchangeFiles.join(', ')}, Tags.xml
  meetup         ${meetupFiles.join(' and ')}
  --strict       stop at the first broken row
  --source NAME  the community that it comes from, when there are several of one format: their rows have the same
                 numbers (a-z, 0-9 and -, at most 40)

It goes where MONGODB_URI says, else into the embedded database of DATA_DIR (./data), whether the system runs or not.
What is there already is left as it is, so it can be run again.
Exit code: 0 all in, 1 rows were broken or it failed, 2 called wrong, 130 stopped.`

/**
 * @param words what follows the program's name
 * @throws UsageError for wrong words, and for a folder or file that is not there
 */
export function parseImportArguments(words: readonly string[]): ImportArguments {
  const { values, positionals } = parse(words)
  const [format, folder, ...rest] = positionals
  if (format === undefined || folder === undefined)
    throw new UsageError('Say what to import, and from where.')
  if (!isFormat(format)) throw new UsageError(`There is no import from "${format}".`)
  if (rest.length > 0) throw new UsageError(`One folder at a time: "${rest.join(' ')}" is too much.`)
  if (values.source !== undefined && !/^[a-z0-9][a-z0-9-]{0,39}$/.test(values.source))
    throw new UsageError(`"${values.source}" cannot be the name of a source.`)
  const absolute = resolve(folder)
  requireFiles(absolute, files[format])
  return { format, folder: absolute, strict: values.strict, site: values.source }
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { strict: { type: 'boolean', default: false }, source: { type: 'string' } },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function isFormat(word: string): word is ImportFormat {
  return Object.hasOwn(files, word)
}

function requireFiles(folder: string, names: readonly string[]): void {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`There is no folder ${folder}.`)
  const missing = names.filter((name) => !statSync(join(folder, name), { throwIfNoEntry: false })?.isFile())
  if (missing.length > 0) throw new UsageError(`The folder ${folder} has no ${missing.join(' and no ')}.`)
}
