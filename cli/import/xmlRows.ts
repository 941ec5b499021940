import { SaxesParser } from 'saxes'

import { type LineOptions, readLines } from './lines'
import type { Row, RowChunk } from './rows'

/** The attributes of a `<row … />`. */
export type XmlFields = Readonly<Record<string, string>>

const longestRow = 8 * 1024 * 1024
/** Nothing, the declaration, the opening of the element around the rows, a comment. */
const noRow = /^(<\?xml .*?\?>)?\s*(<\w+>)?$|^<!--.*-->$/

/**
 * Reads the rows of a Stack Exchange dump's file: `<row … />` elements, each beginning on a line of its own, inside
 * one element.
 *
 * Each row is parsed by itself. A parser that goes through the whole file cannot be trusted after the first syntax
 * error; this way a broken row costs that row, and its line is known. A row may go on over several lines.
 */
export async function* readXmlRows(file: string, options?: LineOptions): AsyncGenerator<RowChunk<XmlFields>> {
  let open: { line: number; text: string } | undefined
  let last = 0
  let ended = false
  let bytes = 0

  function take(line: number, text: string): Row<XmlFields>[] {
    const trimmed = text.trim()
    const begins = /^<row[\s/>]/.test(trimmed)
    const closes = /^<\/\w+>$/.test(trimmed)
    if (open && (begins || closes)) {
      const broken: Row<XmlFields> = { kind: 'broken', line: open.line, problem: 'the row has no end' }
      open = undefined
      return [broken, ...take(line, text)]
    }
    if (closes) ended = true
    if (open) open.text += `\n${text}`
    else if (begins) open = { line, text: trimmed }
    else if (closes || noRow.test(trimmed)) return []
    else return [{ kind: 'broken', line, problem: 'the line is no row' }]

    if (open.text.length > longestRow || /(\/>|<\/row>)$/.test(trimmed)) {
      const row = parseRow(open.text, open.line)
      open = undefined
      return [row]
    }
    return []
  }

  for await (const { lines, bytesRead } of readLines(file, options)) {
    bytes = bytesRead
    const rows = lines.flatMap(({ number, text, problem }): Row<XmlFields>[] => {
      last = number
      return problem === undefined ? take(number, text) : [{ kind: 'broken', line: number, problem }]
    })
    yield { rows, bytesRead }
  }
  if (ended) return
  const line = open?.line ?? Math.max(last, 1)
  yield { rows: [{ kind: 'broken', line, problem: 'the file ends here, it was cut off' }], bytesRead: bytes }
}

function parseRow(text: string, line: number): Row<XmlFields> {
  const parser = new SaxesParser()
  const elements: { name: string; attributes: Record<string, string> }[] = []
  let problem: string | undefined
  parser.on('error', ({ message }) => (problem ??= message.replace(/^(undefined:)?\d+:\d+: |\.$/g, '')))
  parser.on('opentag', ({ name, attributes }) => elements.push({ name, attributes }))
  parser.write(text).close()
  const [row] = elements
  if (problem === undefined && (elements.length !== 1 || row?.name !== 'row')) problem = 'the line is no row'
  return problem === undefined && row
    ? { kind: 'row', line, fields: row.attributes }
    : { kind: 'broken', line, problem: problem ?? 'the line is no row' }
}
