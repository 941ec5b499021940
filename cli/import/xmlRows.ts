import { SaxesParser } from 'saxes'

import { type LineOptions, readLines } from './lines'
import type { Row, RowChunk } from './rows'

/** The attributes of a `<row … />` element. */
export type XmlFields = Readonly<Record<string, string>>

const maxRowLength = 8 * 1024 * 1024
/** An empty line, the XML declaration, the start tag of the root element, or a comment. */
const otherLine = /^(<\?xml .*?\?>)?\s*(<\w+>)?$|^<!--.*-->$/

/**
 * Reads the rows of a file of a Stack Exchange dump: `<row … />` elements, each of which starts on a new line and may span
 * several lines, in one root element.
 *
 * Each row is parsed separately: a parser of the whole file is unreliable after the first syntax error, while here a broken
 * row affects no other, and its line is known.
 */
export async function* readXmlRows(file: string, options?: LineOptions): AsyncGenerator<RowChunk<XmlFields>> {
  let open: { line: number; text: string } | undefined
  let lastLine = 0
  let hasRootEnd = false
  let bytes = 0

  function readLine(line: number, text: string): Row<XmlFields>[] {
    const trimmed = text.trim()
    const begins = /^<row[\s/>]/.test(trimmed)
    const closes = /^<\/\w+>$/.test(trimmed)
    if (open && (begins || closes)) {
      const broken: Row<XmlFields> = { kind: 'broken', line: open.line, problem: 'the row has no end' }
      open = undefined
      return [broken, ...readLine(line, text)]
    }
    if (closes) hasRootEnd = true
    if (open) open.text += `\n${text}`
    else if (begins) open = { line, text: trimmed }
    else if (closes || otherLine.test(trimmed)) return []
    else return [{ kind: 'broken', line, problem: 'the line is not a row' }]

    if (open.text.length > maxRowLength || /(\/>|<\/row>)$/.test(trimmed)) {
      const row = parseRow(open.text, open.line)
      open = undefined
      return [row]
    }
    return []
  }

  for await (const { lines, bytesRead } of readLines(file, options)) {
    bytes = bytesRead
    const rows = lines.flatMap(({ number, text, problem }): Row<XmlFields>[] => {
      lastLine = number
      return problem === undefined ? readLine(number, text) : [{ kind: 'broken', line: number, problem }]
    })
    yield { rows, bytesRead }
  }
  if (hasRootEnd) return
  const line = open?.line ?? Math.max(lastLine, 1)
  yield { rows: [{ kind: 'broken', line, problem: 'the file is truncated' }], bytesRead: bytes }
}

function parseRow(text: string, line: number): Row<XmlFields> {
  const parser = new SaxesParser()
  const elements: { name: string; attributes: Record<string, string> }[] = []
  let problem: string | undefined
  parser.on('error', ({ message }) => (problem ??= message.replace(/^(undefined:)?\d+:\d+: |\.$/g, '')))
  parser.on('opentag', ({ name, attributes }) => elements.push({ name, attributes }))
  parser.write(text).close()
  const [row] = elements
  if (problem === undefined && (elements.length !== 1 || row?.name !== 'row'))
    problem = 'the line is not a row'
  return problem === undefined && row
    ? { kind: 'row', line, fields: row.attributes }
    : { kind: 'broken', line, problem: problem ?? 'the line is not a row' }
}
