import type TurndownService from 'turndown'

/** The members of a DOM element that the conversion to Markdown reads. The compiler options have no DOM types. */
export interface HtmlElement {
  /** Upper case. */
  readonly nodeName: string
  readonly textContent: string | null
  readonly parentNode: HtmlElement | null
  readonly nextSibling: object | null
  readonly children: ArrayLike<HtmlElement>
  getAttribute(name: string): string | null
  getElementsByTagName(name: string): ArrayLike<HtmlElement>
}

/**
 * Adds rules for tables of GitHub Flavored Markdown, whose first row is always the header. The existing plugins inspect the
 * whole table for each cell, which takes minutes for 20,000 cells.
 */
export function addTableRules(service: TurndownService): void {
  service.addRule('tableCell', {
    filter: ['th', 'td'],
    replacement: (content) => ` ${joinLines(content).replaceAll('|', '\\|')} |`,
  })
  service.addRule('tableRow', { filter: 'tr', replacement: (content) => `\n|${content.trimEnd()}\n` })
  service.addRule('tableSection', { filter: ['thead', 'tbody', 'tfoot'], replacement: (content) => content })
  service.addRule('table', {
    filter: 'table',
    replacement: (content, node: HtmlElement) => {
      const lines = content.split('\n').filter((line) => line.trim() !== '')
      const rows = lines.filter((line) => line.startsWith('|'))
      const [heading, ...others] = rows
      if (heading === undefined) return `\n\n${content}\n\n`
      const columns = rows.reduce((max, row) => Math.max(max, countColumns(row)), 0)
      const alignments = readAlignments(node)
      const rule = Array.from({ length: columns }, (_, index) => ` ${alignments[index] ?? '---'} |`).join('')
      const table = [heading + '  |'.repeat(columns - countColumns(heading)), `|${rule}`, ...others]
      const caption = lines.filter((line) => !line.startsWith('|'))
      return `\n\n${[...caption, ...(caption.length > 0 ? [''] : []), ...table].join('\n')}\n\n`
    },
  })
}

const joinLines = (text: string) => text.trim().replace(/\s*\n\s*/g, ' ')

function countColumns(row: string): number {
  return (row.match(/(?<!\\)\|/g) ?? []).length - 1
}

const delimiters = new Map([
  ['left', ':---'],
  ['center', ':---:'],
  ['right', '---:'],
])

/** Reads the alignments from the cells of the first row. */
function readAlignments(table: HtmlElement): (string | undefined)[] {
  return Array.from(table.getElementsByTagName('tr')[0]?.children ?? [], (cell) => {
    const style = /text-align:\s*(\w+)/.exec(cell.getAttribute('style') ?? '')?.[1]
    return delimiters.get(style ?? cell.getAttribute('align') ?? '')
  })
}
