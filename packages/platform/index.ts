// Configuration and life cycle of a process.
export {
  ConfigError,
  copyEnvironment,
  readConfig,
  readUrlVariables,
  readVariablesEndingIn,
  setDefaultVariable,
  subgraphUrlVariable,
  variable,
} from './config/environment'
export { projectRoot } from './config/projectRoot'
export { runProcess, StartupError, type OnClose } from './lifecycle'
export { telemetryConfigShape } from './telemetry/settings'

// Errors.
export {
  accountNotFound,
  badUserInput,
  DomainError,
  domainErrorCodes,
  forbidden,
  invalidValueMessage,
  maskedMessage,
  mutationRejected,
  MutationRejectedError,
  rateLimited,
  resyncRequired,
  subgraphTimeout,
  subgraphUnavailable,
  unauthenticated,
  type UserError,
  type UserErrorCode,
} from './errors'

// The scope of a request.
export { cookieNameHeader, readCookie } from './request/cookies'
export { readBounds } from './request/readBounds'
export { requestIdHeader, resolveRequestId } from './request/requestId'
export {
  currentScope,
  currentTraceparent,
  currentWork,
  RequestEndedError,
  requestTimeoutHeader,
  runAs,
  runInRequestScope,
  captureWork,
  runOutOfScope,
  type RequestScope,
  type WorkIdentity,
} from './request/requestScope'

// Rate limits.
export { createMemoryRateLimiter } from './rate-limits/memoryRateLimiter'
export {
  computeCostMs,
  computeWaitMs,
  enforceRateLimit,
  findLongestWait,
  toRetryAfterSeconds,
  unlimitedRateLimiter,
  type Charge,
  type RateLimit,
  type RateLimiter,
  type Refusal,
} from './rate-limits/rateLimiter'

// Values: texts, JSON, network addresses.
export { maxBatchSize } from './batchSize'
export { isInNetworks, maskAddress, parseNetworks, toClientNetwork } from './http/networks'
export {
  compilePropertyReader,
  isObject,
  quoteJson,
  setOwnProperty,
  writeJson,
  type JsonObject,
} from './json'
export { dayMs } from './durations'
export { LongInteger, parseJson, stringifyJson } from './longIntegers'
export {
  findRefusedCharacter,
  isBlank,
  isOneLine,
  refusedCharactersDescription,
  removeInvisibleCharacters,
  removeRefusedCharacters,
  unifyLineBreaks,
} from './text/characters'
export {
  countCodePoints,
  firstCodePoints,
  isLongerThan,
  isWellFormed,
  normalizeBounded,
  normalizeLong,
} from './text/text'

// Asynchronous helpers.
export { createAbortHandle, type AbortHandle, type AbortSignalLike } from './async/abortHandle'
export { continueWith } from './async/continueWith'
export { shareReads } from './async/sharedReads'
export { createTickBatcher } from './async/tickBatcher'
export { waitWithBackoff, withTimeout } from './async/waiting'
