/**
 * The most items that are processed at once: events of a batch, rows of an internal page, and IDs in a query
 * between subgraphs, which reject longer lists.
 */
export const maxBatchSize = 500
