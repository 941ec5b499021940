import type TurndownService from 'turndown'

import type { HtmlElement } from './htmlElement'

/**
 * Tables as in GitHub-flavoured Markdown, whose first row is always the heading. The known plugins for this look at
 * the whole table again for each of its cells, which takes minutes for a table of 20,000.
 */
export function addTableRules(service: TurndownService): void {
  service.addRule('tableCell', {
    filter: ['th', 'td'],
    replacement: (content) => ` ${oneLine(content).replaceAll('|', '\\|')} |`,
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
      const columns = rows.reduce((most, row) => Math.max(most, columnsOf(row)), 0)
      const alignments = alignmentsOf(node)
      const rule = Array.from({ length: columns }, (_, index) => ` ${alignments[index] ?? '---'} |`).join('')
      const table = [heading + '  |'.repeat(columns - columnsOf(heading)), `|${rule}`, ...others]
      const caption = lines.filter((line) => !line.startsWith('|'))
      return `\n\n${[...caption, ...(caption.length > 0 ? [''] : []), ...table].join('\n')}\n\n`
    },
  })
}

const oneLine = (text: string) => text.trim().replace(/\s*\n\s*/g, ' ')

function columnsOf(row: string): number {
  return (row.match(/(?<!\\)\|/g) ?? []).length - 1
}

const signs = new Map([
  ['left', ':---'],
  ['center', ':---:'],
  ['right', '---:'],
])

/** As the cells of the first row say. */
function alignmentsOf(table: HtmlElement): (string | undefined)[] {
  return Array.from(table.getElementsByTagName('tr')[0]?.children ?? [], (cell) => {
    const style = /text-align:\s*(\w+)/.exec(cell.getAttribute('style') ?? '')?.[1]
    return signs.get(style ?? cell.getAttribute('align') ?? '')
  })
}
