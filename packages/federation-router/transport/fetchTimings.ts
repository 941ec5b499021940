import type { TransportRequest } from './transportRequest'

/** A fetch of an operation whose client has requested its query plan. */
export class FetchTiming {
  /** How long it took, including retries; undefined until it has ended. */
  durationMs: number | undefined
  /** The HTTP status; undefined without a usable response. */
  status: number | undefined
  /** The error code of a fetch without a usable response. */
  code: string | undefined
  readonly #sentAtMs = performance.now()

  /**
   * @param subgraph the name of the subgraph
   * @param isShared whether the operation has an equal fetch in progress, whose response it shares
   */
  constructor(
    readonly subgraph: string,
    readonly request: TransportRequest,
    readonly isShared: boolean,
    readonly startedAtMs: number,
  ) {}

  /** When the fetch was sent, in milliseconds since the execution has started. */
  get startMs(): number {
    return this.#sentAtMs - this.startedAtMs
  }

  end(status: number | undefined, code?: string): void {
    this.durationMs = performance.now() - this.#sentAtMs
    this.status = status
    this.code = code
  }
}

/** Measures the fetches of one operation. */
export class FetchTimings {
  readonly #startedAtMs = performance.now()
  readonly all: FetchTiming[] = []

  start(subgraph: string, request: TransportRequest, isShared: boolean): FetchTiming {
    const timing = new FetchTiming(subgraph, request, isShared, this.#startedAtMs)
    this.all.push(timing)
    return timing
  }
}
