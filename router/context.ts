/** What the router knows of a request while it is answered. */
export interface RouterContext {
  requestId: string
  /** The viewer header for the subgraphs; undefined when the router runs without identity. */
  viewerToken: string | undefined
  /** Aborts when the client has gone away: nobody reads an answer any more. */
  signal: AbortSignal
  /** When the request must be answered at the latest, in milliseconds since the epoch. */
  deadline: number
}
