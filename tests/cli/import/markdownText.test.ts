import fc from 'fast-check'
import MarkdownIt from 'markdown-it'

import { htmlToMarkdown } from '../../../cli/import/markdown'

/** Renders like a site with MathJax, which leaves formulas unchanged. */
const renderer = new MarkdownIt({ html: true })
const formula = /\$\$[^$]+\$\$|\$[^$]+\$/y
renderer.inline.ruler.before('escape', 'math', (state, silent) => {
  formula.lastIndex = state.pos
  const found = formula.exec(state.src)?.[0]
  if (found === undefined) return false
  if (!silent) state.push('text', '', 0).content = found
  state.pos += found.length
  return true
})

const toText = (html: string): string =>
  html
    .replace(/<\/?[a-z][^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ')
    .trim()
const toHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const pieces = [
  'a',
  'b c',
  'é',
  '1',
  '2.',
  '3)',
  ' ',
  '-',
  '--',
  '+',
  '=',
  '#',
  '##',
  '>',
  '<',
  '</',
  '&',
  '&lt;',
  '*',
  '**',
]
const more = [
  '_',
  '__',
  '`',
  '``',
  '~',
  '~~',
  '[',
  ']',
  '](',
  ']:',
  '(',
  ')',
  '!',
  '|',
  '\\',
  '\\\\',
  '\\oplus',
  '<b>',
  'https://e.org',
]
const text = fc
  .array(fc.constantFrom(...pieces, ...more), { minLength: 1, maxLength: 8 })
  .map((parts) => parts.join(''))
const tex = fc.constantFrom('$A \\oplus 0$', '$a_1*b_2$', '$$x_{*} \\\\ [y](z)$$', '$\\{`a`\\}$', '$a<b$')
const inline = fc.oneof(
  text.map((value) => ({ html: toHtml(value), text: value })),
  tex.map((value) => ({ html: toHtml(value), text: value })),
  text.map((value) => ({ html: `<code>x${toHtml(value)}x</code>`, text: `x${value}x` })),
  text.map((value) => ({ html: `<em>x${toHtml(value)}x</em>`, text: `x${value}x` })),
  text.map((value) => ({ html: `<strong>x${toHtml(value)}x</strong>`, text: `x${value}x` })),
)
const block = fc
  .tuple(fc.constantFrom('p', 'h2', 'blockquote'), fc.array(inline, { minLength: 1, maxLength: 5 }))
  .map(([tag, parts]) => ({
    html: `<${tag}>${parts.map(({ html }) => html).join(' ')}</${tag}>`,
    text: parts.map((part) => part.text).join(' '),
  }))

it('returns Markdown that renders to the text of the HTML', () => {
  fc.assert(
    fc.property(fc.array(block, { minLength: 1, maxLength: 3 }), (blocks) => {
      const html = blocks.map((each) => each.html).join('\n')
      const expected = blocks
        .map((each) => each.text)
        .join(' ')
        .replace(/\s+/g, ' ')
        .trim()
      // These formulas are left unchanged too, but the renderer reads their delimiters as escapes.
      fc.pre(!/(?<!\\)\\[([].*\\[)\]]/.test(expected))
      expect(toText(renderer.render(htmlToMarkdown(html)))).toBe(expected)
    }),
    { numRuns: 2000 },
  )
})

it('keeps both backslashes before a bracket', () => {
  expect(toText(renderer.render(htmlToMarkdown('<p>x\\\\[\\](x</p>')))).toBe('x\\\\[\\](x')
})

it('leaves formulas unchanged', () => {
  fc.assert(
    fc.property(text, tex, text, (before, formula, after) => {
      fc.pre(!before.includes('\\') && formula !== '$a<b$')
      expect(htmlToMarkdown(`<p>${toHtml(before)} ${toHtml(formula)} ${toHtml(after)}</p>`)).toContain(
        formula,
      )
    }),
  )
})
