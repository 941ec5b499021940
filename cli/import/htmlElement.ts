/** As much of a DOM element as the conversion to Markdown looks at; this program has no DOM's types. */
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
