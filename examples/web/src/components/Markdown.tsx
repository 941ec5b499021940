import { compiler, type MarkdownToJSX } from 'markdown-to-jsx/react'

// Texts come from other people: HTML in them is shown as text, and headings stay below those of the page.
const options: MarkdownToJSX.Options = {
  disableParsingRawHTML: true,
  forceBlock: true,
  wrapper: 'div',
  overrides: {
    a: { props: { rel: 'nofollow noopener ugc' } },
    h1: 'h3',
    h2: 'h4',
    h3: 'h5',
  },
}

export function Markdown({ children }: { children: string }) {
  return <div className="prose">{compiler(children, options)}</div>
}
