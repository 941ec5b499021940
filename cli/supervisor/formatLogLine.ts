import { z } from 'zod'

const logEntrySchema = z.looseObject({
  level: z.number(),
  time: z.number().optional(),
  msg: z.string().default(''),
  err: z.object({ message: z.string() }).optional(),
})

/** Fields that are not shown, or are shown as part of the message. */
const hiddenFields: ReadonlySet<string> = new Set(['level', 'time', 'pid', 'hostname', 'part', 'msg', 'err'])

const levelNames = new Map([
  [10, 'trace'],
  [20, 'debug'],
  [30, 'info'],
  [40, 'warning'],
  [50, 'error'],
  [60, 'fatal'],
])

/** Formats a line of a process's output for a terminal: a JSON log entry becomes time, level, message and fields. */
export function formatLogLine(processName: string, line: string): string {
  const found = logEntrySchema.safeParse(parseJson(line))
  if (!found.success) return `[${processName}] ${line}`
  const { level, time, msg, err } = found.data
  const prefix = time === undefined ? '' : `${new Date(time).toTimeString().slice(0, 8)} `
  const cause = err && err.message !== msg ? `: ${err.message}` : ''
  return `${prefix}[${processName}] ${levelNames.get(level) ?? level}: ${msg}${cause}${formatFields(found.data)}`
}

function formatFields(entry: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(entry).flatMap(([name, value]) =>
    hiddenFields.has(name) || (typeof value === 'object' && !Array.isArray(value))
      ? []
      : [`${name}=${String(value)}`],
  )
  return fields.length === 0 ? '' : ` (${fields.join(', ')})`
}

/** Returns whether a line is a JSON log entry, for programs that read the output. */
export const isLogEntry = (line: string): boolean => logEntrySchema.safeParse(parseJson(line)).success

function parseJson(line: string): unknown {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
