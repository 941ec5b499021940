/** Returns a number from 0 to just below 1 that only depends on the text (FNV-1a with the finalizer of MurmurHash3). */
export function drawNumber(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

/** Returns an item of a list that only depends on the text. @throws Error for an empty list */
export function drawItem<T>(text: string, list: readonly T[]): T {
  const chosen = list[Math.floor(drawNumber(text) * list.length)]
  if (chosen === undefined) throw new Error('The list is empty.')
  return chosen
}
