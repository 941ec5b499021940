import { z } from 'zod'

const logged = z.looseObject({
  level: z.number(),
  msg: z.string().default(''),
  err: z.object({ message: z.string() }).optional(),
})

/** Fields that a reader of this output does not need, or that the line shows in another way. */
const hidden: ReadonlySet<string> = new Set(['level', 'time', 'pid', 'hostname', 'part', 'msg', 'err'])

const levels = new Map([
  [10, 'trace'],
  [20, 'debug'],
  [30, 'info'],
  [40, 'warning'],
  [50, 'error'],
  [60, 'fatal'],
])

/**
 * Formats a line of a part's output for people: JSON of its log becomes level, message and fields; any other line stays as
 * it is.
 */
export function formatLogLine(part: string, line: string): string {
  const found = logged.safeParse(asJson(line))
  if (!found.success) return `[${part}] ${line}`
  const { level, msg, err } = found.data
  const cause = err && err.message !== msg ? `: ${err.message}` : ''
  return `[${part}] ${levels.get(level) ?? level}: ${msg}${cause}${fieldsOf(found.data)}`
}

function fieldsOf(line: Readonly<Record<string, unknown>>): string {
  const fields = Object.entries(line).flatMap(([name, value]) =>
    hidden.has(name) || typeof value === 'object' ? [] : [`${name}=${String(value)}`],
  )
  return fields.length === 0 ? '' : ` (${fields.join(', ')})`
}

function asJson(line: string): unknown {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
