export * from '../generated/documentStrings.ts'
export type * from '../generated/operations.ts'
export {
  createClient,
  type Client,
  type ClientOptions,
  type RequestArguments,
  type RequestOptions,
} from './createClient.ts'
export { GraphQLRequestError, type GraphQLResponseError } from './errors.ts'
export {
  memorySession,
  storedSession,
  type SessionStore,
  type StoredSession,
  type TextStorage,
} from './sessionStore.ts'
export type { SubscribeOptions } from './subscribe.ts'
export type { DataOf, TypedDocument, TypedDocumentString, VariablesOf } from './typedDocument.ts'
