import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { parseOptions, UsageError } from '../command'
import { meetupFiles } from './meetup/steps'
import { stackExchangeFiles } from './stackexchange/steps'

/** The required files of each format. */
const files = { stackexchange: stackExchangeFiles, meetup: meetupFiles } as const

type ImportFormat = keyof typeof files

export interface ImportArguments {
  format: ImportFormat
  /** Absolute. */
  folder: string
  /** Whether to stop at the first invalid row. */
  strict: boolean
  site: string | undefined
}

export const importUsage = `Usage: npm run import -- stackexchange DIR [--strict] [--source NAME]
       npm run import -- meetup DIR [--strict] [--source NAME]

  stackexchange  a Stack Exchange data dump: ${stackExchangeFiles.join(', ')}, Tags.xml
  meetup         ${meetupFiles.join(' and ')}
  --strict       stop at the first invalid row
  --source NAME  name of the source community (a-z, 0-9 and -, at most 40 characters). Needed to import several
                 communities of one format, because their row IDs are equal

Writes to the MongoDB server of MONGODB_URI, or to the embedded database in DATA_DIR (default: ./data). The system may be
running. The import is idempotent: existing entities stay unchanged, so it can be run again.
Exit status: 0 success, 1 invalid rows or failure, 2 invalid arguments, 130 interrupted.`

/**
 * @param args the arguments after the program's name
 * @throws UsageError when an argument is invalid, or the folder or a file is missing
 */
export function parseImportArguments(args: readonly string[]): ImportArguments {
  const { values, positionals } = parseOptions(args, {
    strict: { type: 'boolean', default: false },
    source: { type: 'string' },
  })
  const [format, folder, ...rest] = positionals
  if (format === undefined || folder === undefined)
    throw new UsageError('The format and the folder are missing.')
  if (!isFormat(format)) throw new UsageError(`Unknown format "${format}".`)
  if (rest.length > 0)
    throw new UsageError(`Unexpected arguments: "${rest.join(' ')}". Import one folder at a time.`)
  if (values.source !== undefined && !/^[a-z0-9][a-z0-9-]{0,39}$/.test(values.source))
    throw new UsageError(`Invalid --source "${values.source}".`)
  const absolute = resolve(folder)
  requireFiles(absolute, files[format])
  return { format, folder: absolute, strict: values.strict, site: values.source }
}

function isFormat(name: string): name is ImportFormat {
  return Object.hasOwn(files, name)
}

function requireFiles(folder: string, names: readonly string[]): void {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`The folder ${folder} does not exist.`)
  const missing = names.filter((name) => !statSync(join(folder, name), { throwIfNoEntry: false })?.isFile())
  if (missing.length > 0) throw new UsageError(`The folder ${folder} has no ${missing.join(' and no ')}.`)
}
