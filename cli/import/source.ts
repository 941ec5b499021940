/** Which community a data set comes from: ids derive from `name`, so that two of them never meet. */
export interface ImportSource {
  /** Part of every derived id: the format, and the site where one was given. */
  readonly name: string
  /** What `--source` says; undefined without it. */
  readonly site: string | undefined
}

/**
 * A dump does not say which site it is of, so the format stands for it. Whoever imports a second site's dump names
 * it: the row ids of two sites are the same numbers for different things.
 */
export function createImportSource(format: string, site?: string): ImportSource {
  return { name: site === undefined ? format : `${format}/${site}`, site }
}
