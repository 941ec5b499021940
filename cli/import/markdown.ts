import TurndownService from 'turndown'

import { addTableRules, type HtmlElement } from './markdownTable'
import { escapeMarkdown, resolveTextEnds } from './markdownText'
import { BrokenRowError } from './rows'

/** Longer HTML is truncated before the conversion. The limits of the API are far lower. */
const maxHtmlLength = 500_000

/**
 * Converts HTML to GitHub Flavored Markdown.
 *
 * Escapes text that Markdown would read as HTML or as an entity: a body that mentions `<script>` must not contain the tag
 * afterwards. Mathematics (`$…$`, `$$…$$`, `\(…\)`, `\[…\]`) and code stay unchanged.
 *
 * @throws BrokenRowError when the HTML is nested too deeply
 */
export function htmlToMarkdown(html: string): string {
  if (!html.includes('<') && !html.includes('&')) return html.trim()
  try {
    return resolveTextEnds(converter.turndown(html.slice(0, maxHtmlLength)))
  } catch (error) {
    if (error instanceof RangeError) throw new BrokenRowError('its HTML is nested too deeply')
    throw error
  }
}

const converter = createConverter()

function createConverter(): TurndownService {
  const service = new TurndownService({
    headingStyle: 'atx',
    codeBlockStyle: 'fenced',
    bulletListMarker: '-',
  })
  service.use(addTableRules)
  service.remove(['script', 'style'])
  service.escape = escapeMarkdown

  service.addRule('strikethrough', {
    filter: (node: HtmlElement) => ['DEL', 'S', 'STRIKE'].includes(node.nodeName),
    replacement: (content) => (content.trim() === '' ? content : `~~${content}~~`),
  })
  // Markdown has no syntax for these. CommonMark passes the tags through; their attributes are dropped.
  service.addRule('inlineTags', {
    filter: ['sub', 'sup', 'kbd'],
    replacement: (content, node: HtmlElement) => {
      const tag = node.nodeName.toLowerCase()
      return content.trim() === '' ? content : `<${tag}>${content}</${tag}>`
    },
  })
  // The rule of the library, with one space after the marker instead of three.
  service.addRule('listItem', {
    filter: 'li',
    replacement: (content, node: HtmlElement) => {
      const prefix = formatListMarker(node)
      const lines = content.trim().replaceAll('\n', `\n${' '.repeat(prefix.length)}`)
      return `${prefix}${lines.replace(/^ +$/gm, '')}${node.nextSibling ? '\n' : ''}${/\n$/.test(content) ? '\n' : ''}`
    },
  })
  // Dumps name the language of a code block in a class of `pre`: class="lang-js prettyprint-override".
  service.addRule('codeBlock', {
    filter: 'pre',
    replacement: (_content, node: HtmlElement) => {
      const code = (node.textContent ?? '').trimEnd()
      const longestFence = Math.max(2, ...Array.from(code.matchAll(/`{3,}/g), ([ticks]) => ticks.length))
      const fence = '`'.repeat(longestFence + 1)
      const language = /\blang(?:uage)?-([\w+#-]+)/.exec(node.getAttribute('class') ?? '')?.[1] ?? ''
      return `\n\n${fence}${language}\n${code}\n${fence}\n\n`
    },
  })
  return service
}

function formatListMarker(item: HtmlElement): string {
  const list = item.parentNode
  if (list?.nodeName !== 'OL') return '- '
  const start = Number(list.getAttribute('start') ?? 1) || 1
  return `${start + Array.prototype.indexOf.call(list.children, item)}. `
}
