/** Data of a cache, or of a response that may be stored. */
export interface PublicData {
  /** When it expires, in milliseconds of the monotonic clock (`performance.now`). */
  expiresAtMs: number
  /** The tags that invalidate it before; empty when it only expires. */
  tags: readonly string[]
}

/** How one operation uses the cache, and whether its response may be cached by clients. */
export class CacheUse {
  hits = 0
  misses = 0
  /** Whether all data so far is the same for every viewer. */
  isPublic = true
  /** When the first of the data expires. */
  expiresAtMs = Infinity
  /** Whether some of the data may be invalidated before it expires. */
  canBeInvalidated = false
  /** The domain events that mutations have written: `<subgraph>=<event id>`. */
  readonly writtenPositions: string[] = []

  /**
   * @param readsCache whether fetches may be served from the cache: not those of a mutation, which must read its own writes
   * @param earliestStarts for each subgraph whose newest writes the client must see: data must be of fetches that were started at
   *   this time or later
   */
  constructor(
    readonly readsCache: boolean,
    readonly earliestStarts?: ReadonlyMap<string, number>,
  ) {}

  addHit(data: PublicData): void {
    this.hits++
    this.addPublic(data)
  }

  addPublic({ expiresAtMs, tags }: PublicData): void {
    if (expiresAtMs < this.expiresAtMs) this.expiresAtMs = expiresAtMs
    if (tags.length > 0) this.canBeInvalidated = true
  }

  addPrivate(): void {
    this.isPublic = false
  }
}
