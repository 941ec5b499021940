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
