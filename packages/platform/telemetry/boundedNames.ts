/** The value of a label for everything beyond the bound. */
const otherName = 'other'

/** How many names of operations have values of their own. */
const maxOperationNames = 200
/** How many of them the requests of viewers that are not signed in can use up. */
export const maxUntrustedNames = 100

/**
 * Bounds the values of a label: returns a name unchanged if it has been returned before, or if there are fewer than `limit`
 * names so far; otherwise `other`.
 */
type BoundName = (name: string, limit?: number) => string

/** @param maxNames how many different names there are at most */
export function createNameBound(maxNames: number = maxOperationNames): BoundName {
  const names = new Set<string>()
  return (name, limit = maxNames) => {
    if (names.has(name)) return name
    if (names.size >= Math.min(limit, maxNames)) return otherName
    names.add(name)
    return name
  }
}

/**
 * Creates a cache of the children of an instrument by one name, for paths where the labels of each call would cost too much.
 *
 * @param createChild creates the child of a name, for example `(name) => histogram.labels({ name })`
 * @param maxNames how many names have children; all others share the one of `other`
 */
export function cacheChildren<Child>(
  createChild: (name: string) => Child,
  maxNames: number = maxOperationNames,
): (name: string) => Child {
  const children = new Map<string, Child>()
  let other: Child | undefined
  return (name) => {
    const cached = children.get(name)
    if (cached !== undefined) return cached
    if (children.size >= maxNames || name === otherName) return (other ??= createChild(otherName))
    const child = createChild(name)
    children.set(name, child)
    return child
  }
}
