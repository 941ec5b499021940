/** The community of a data set. IDs are derived from its `name`, so that those of two communities differ. */
export interface ImportSource {
  /** The format, with the site if there is one. */
  readonly name: string
  /** The value of `--source`. */
  readonly site: string | undefined
}

/** Dumps do not contain the name of their site. A second site of one format must be named, because row IDs are equal. */
export function createImportSource(format: string, site?: string): ImportSource {
  return { name: site === undefined ? format : `${format}/${site}`, site }
}
