/** The number of documents that background work reads at once. */
export const pageSize = 100
