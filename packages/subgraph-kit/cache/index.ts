export { CachePolicy } from './cachePolicy'
