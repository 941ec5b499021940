import type { DocumentNode } from 'graphql'

/**
 * The bounds of a cache with an entry for each document or operation, in entries and in characters of documents. A
 * document takes 60 bytes a character once it is parsed, since graphql-js keeps its tokens, and 200 with everything that
 * is compiled from it.
 */
export const documentCacheLimits = { max: 1_000, maxSize: 1_000_000 }

/** Returns the length of a document's text. */
export function documentLength({ loc }: DocumentNode): number {
  return (loc?.end ?? 0) - (loc?.start ?? 0) + 1
}
