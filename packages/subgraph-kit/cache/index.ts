export { CachePolicy } from './cachePolicy'
export type { FindInvalidatedTags } from './invalidationStream'
