import { readJsonRows } from '../../../cli/import/jsonRows'
import { readXmlRows } from '../../../cli/import/xmlRows'
import { allRows, temporaryFile } from '../../support/temporaryFile'

const xml = (content: string) => allRows(readXmlRows(temporaryFile(content)))
const json = (content: string) => allRows(readJsonRows(temporaryFile(content, 'rows.jsonl')))

describe('readXmlRows', () => {
  it('decodes attributes, and returns the line of each row', async () => {
    const content = `\ufeff<?xml version="1.0" encoding="utf-8"?>\r\n<users>\r\n  <row Id="1" Text="a &lt;b&gt; &amp; &quot;c&quot;&#xA;é 😀" />\r\n\r\n<row Id='2'></row>\r\n</users>`
    expect(await xml(content)).toEqual([
      [3, { Id: '1', Text: 'a <b> & "c"\né 😀' }],
      [5, { Id: '2' }],
    ])
  })

  it('reads rows of several lines', async () => {
    expect(await xml('<posts>\n<row Id="1"\n  Text="a\n\nb"\n/>\n<row Id="2" />\n</posts>\n')).toEqual([
      [2, { Id: '1', Text: 'a  b' }],
      [7, { Id: '2' }],
    ])
  })

  it.each([
    ['an unescaped <', '<row Id="1" Text="a < b" />', 'disallowed character'],
    ['an unknown entity', '<row Id="1" Text="&nbsp;" />', 'undefined entity'],
    ['a character that XML does not allow', '<row Id="1" Text="&#x1;" />', 'malformed character entity'],
    ['a lone surrogate', '<row Id="1" Text="&#xD800;" />', 'malformed character entity'],
    ['an attribute twice', '<row Id="1" Id="2" />', 'duplicate attribute'],
    ['no quotes', '<row Id=1 />', 'unquoted attribute value'],
    ['another element', '<tag Id="1" />', 'the line is not a row'],
    ['two rows', '<row Id="1" /><row Id="2" />', 'documents may contain only one root'],
    ['text', 'what is this', 'the line is not a row'],
    ['no end', '<row Id="1" Text="cut', 'the row has no end'],
  ])('reports a row with %s, and reads the following ones', async (_name, row, problem) => {
    const content = `<rows>\n<row Id="0" />\n${row}\n<row Id="9" />\n</rows>`
    expect(await xml(content)).toEqual([
      [2, { Id: '0' }],
      [3, expect.stringContaining(problem)],
      [4, { Id: '9' }],
    ])
  })

  it.each([
    ['in a row', '<rows>\n<row Id="1" />\n<row Id="2" Te', 3],
    ['between rows', '<rows>\n<row Id="1" />\n', 2],
  ])('reports a file that is truncated %s', async (_name, content, line) => {
    expect(await xml(content)).toEqual([
      [2, { Id: '1' }],
      [line, 'the file is truncated'],
    ])
  })

  it('reports an empty file', async () => {
    expect(await xml('')).toEqual([[1, 'the file is truncated']])
  })
})

describe('readJsonRows', () => {
  it('reads values, skips blank lines, and reports broken ones', async () => {
    expect(await json('\ufeff{"a": "é"}\r\n\r\n{"a": \n  \n[1]\n"b"')).toEqual([
      [1, { a: 'é' }],
      [3, 'the line is not JSON'],
      [5, [1]],
      [6, 'b'],
    ])
  })
})
