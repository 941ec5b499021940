import type { DocumentNode } from 'graphql'

/**
 * The bounds of each cache that is keyed by documents: how many documents and how many characters of them it holds. A parsed
 * document takes 60 bytes a character, since graphql-js keeps its tokens, and 200 with everything that is compiled from it.
 */
export const documentCacheLimits = { max: 1_000, maxSize: 1_000_000 }

/** Returns the length of a document's text. */
export function documentLength({ loc }: DocumentNode): number {
  return (loc?.end ?? 0) - (loc?.start ?? 0) + 1
}
