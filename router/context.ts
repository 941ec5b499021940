import type { Cancellation } from './cancellation'

/** What the router knows of a request while it is answered. */
export interface RouterContext {
  requestId: string
  /** The viewer header for the subgraphs; undefined when the router runs without identity. */
  viewerToken: string | undefined
  /** Aborts when the client has gone away: nobody reads an answer any more. */
  signal: Cancellation
  /** When the request must be answered at the latest, in milliseconds since the epoch. */
  deadline: number
}
