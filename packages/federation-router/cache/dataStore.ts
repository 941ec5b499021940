import { LRUCache } from 'lru-cache'

import type { PublicData } from '../transport/cacheUse'

/** Data of a subgraph: the response to a fetch of root fields, or one entity. */
export interface StoredData extends PublicData {
  subgraph: string
  /** JSON, as text with one character for each byte; a large response as bytes. */
  body: string | Buffer
  /** The time of the `FetchClock` at the start of the fetch. */
  startedAt: number
}

/** Stores data, bounded in bytes; evicts the least recently used entries. */
export interface DataStore {
  find(key: string): StoredData | undefined
  /** Replaces the data of the key. */
  add(key: string, data: StoredData): void
  remove(key: string): void
  /** Removes the data of a subgraph that has one of these tags. */
  invalidate(subgraph: string, tags: Iterable<string>): void
  removeSubgraph(subgraph: string): void
  clear(): void
  /** Returns a short text in place of a long prefix of keys; undefined for a prefix that has none. */
  findPrefix(prefix: string): string | undefined
  addPrefix(prefix: string): string
  readState(): { entries: number; bytes: number }
}

/** Estimates of the memory for an entry, and for a tag of it, besides their texts. */
const entryOverhead = 400
const tagOverhead = 200
/** The part of the memory that no single response may exceed. */
const maxShare = 1 / 16
const prefixShare = 1 / 8

export function createDataStore(maxBytes: number): DataStore {
  /** The keys of the data with a tag, by subgraph and tag. */
  const keysByTag = new Map<string, Map<string, Set<string>>>()
  const data = new LRUCache<string, StoredData>({
    maxSize: Math.ceil(maxBytes * (1 - prefixShare)),
    maxEntrySize: Math.ceil(maxBytes * maxShare),
    sizeCalculation: computeSize,
    dispose: removeFromIndex,
  })
  /** The data of a prefix that is evicted is not found again, and is evicted later. */
  const prefixes = new LRUCache<string, string>({
    maxSize: Math.ceil(maxBytes * prefixShare),
    sizeCalculation: (_, prefix) => prefix.length + entryOverhead,
  })
  let prefixCount = 0

  function addToIndex(key: string, { subgraph, tags }: StoredData): void {
    if (tags.length === 0) return
    const index = getOrAdd(keysByTag, subgraph, () => new Map<string, Set<string>>())
    for (const tag of tags) getOrAdd(index, tag, () => new Set<string>()).add(key)
  }

  function removeFromIndex({ subgraph, tags }: StoredData, key: string): void {
    const index = keysByTag.get(subgraph)
    for (const tag of tags) {
      const keys = index?.get(tag)
      if (keys?.delete(key) && keys.size === 0) index?.delete(tag)
    }
  }

  return {
    find: (key) => data.get(key),
    add(key, added) {
      data.delete(key)
      data.set(key, added)
      // Data that is too large is not stored.
      if (data.peek(key) === added) addToIndex(key, added)
    },
    remove: (key) => void data.delete(key),
    invalidate(subgraph, tags) {
      const index = keysByTag.get(subgraph)
      if (!index) return
      for (const tag of tags) for (const key of [...(index.get(tag) ?? [])]) data.delete(key)
    },
    removeSubgraph(subgraph) {
      for (const [key, each] of [...data.entries()]) if (each.subgraph === subgraph) data.delete(key)
    },
    clear() {
      data.clear()
      prefixes.clear()
    },
    findPrefix: (prefix) => prefixes.get(prefix),
    addPrefix(prefix) {
      const short = prefixes.get(prefix) ?? `${prefixCount++}`
      prefixes.set(prefix, short)
      return short
    },
    readState: () => ({ entries: data.size, bytes: data.calculatedSize + prefixes.calculatedSize }),
  }
}

function computeSize({ body, tags }: StoredData, key: string): number {
  const tagBytes = tags.reduce((sum, tag) => sum + tag.length + tagOverhead, 0)
  return key.length + body.length + tagBytes + entryOverhead
}

function getOrAdd<Key, Value>(map: Map<Key, Value>, key: Key, create: () => Value): Value {
  const existing = map.get(key)
  if (existing !== undefined) return existing
  const created = create()
  map.set(key, created)
  return created
}
