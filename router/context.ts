/** What the router knows of a request while it is answered. */
export interface RouterContext {
  requestId: string
  /** The viewer header for the subgraphs; undefined when the router runs without identity. */
  viewerToken: string | undefined
}
