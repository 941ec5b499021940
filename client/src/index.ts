export * from '../generated/documentStrings/index.ts'
export type * from '../generated/operations.ts'
export {
  createClient,
  type Client,
  type ClientOptions,
  type RequestArguments,
  type RequestOptions,
} from './createClient.ts'
export {
  cookieSession,
  type CookieAttributes,
  type Cookies,
  type CookieSessionOptions,
} from './cookieSession.ts'
export { GraphQLRequestError, type GraphQLResponseError } from './errors.ts'
export {
  memorySession,
  storedSession,
  type SessionStore,
  type StoredSession,
  type TextStorage,
} from './sessionStore.ts'
export type { GraphQLResponse, OperationParameters } from './sendOperation.ts'
export {
  createServerClient,
  renewSession,
  type RenewSessionOptions,
  type ServerClientOptions,
  type SetCookie,
} from './serverClient.ts'
export type { SessionMethods } from './sessionMethods.ts'
export type { SubscribeOptions, SubscriptionOptions } from './subscribe.ts'
export type { WebSocketClass } from './platform.ts'
export type { DataOf, TypedDocument, TypedDocumentString, VariablesOf } from './typedDocument.ts'
