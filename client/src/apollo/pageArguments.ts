/** The arguments of a connection that choose a page of it. */
export interface PageArguments {
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}

/** The page's size where a query does not say. */
const defaultLimit = 20

export const isBackward = ({ last, before }: PageArguments): boolean => last != null || before != null

export const limitOf = (args: PageArguments): number =>
  (isBackward(args) ? args.last : args.first) ?? defaultLimit
