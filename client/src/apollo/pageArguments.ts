/** The pagination arguments of a connection. */
export interface PageArguments {
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}

/** The page size of the API without `first` and `last`. */
const defaultPageSize = 20

export const isBackward = ({ last, before }: PageArguments): boolean => last != null || before != null

export const getPageSize = (args: PageArguments): number =>
  (isBackward(args) ? args.last : args.first) ?? defaultPageSize
