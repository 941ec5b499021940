import {
  createSourceEventStream,
  execute,
  type ExecutionArgs,
  type FormattedExecutionResult,
  type GraphQLFormattedError,
} from 'graphql'
import { isUnreachableError } from '../mongo/database'
import { readErrorCode } from '../server/requestTelemetry'
import type { SourceEvent, RootValueLoader } from './sourceEvents'
import { runAs, waitWithBackoff } from '../../platform'
import type { Tracer, TraceSpan } from '../../platform/telemetry'
import { formatErrors, type ErrorFormatter } from '../graphql/errorFormatter'
import type { EventStreamMessage } from '../../sse'

/** The stream for which a root field's `subscribe` is called. */
export interface SubscriptionStream {
  /** The position after which the subscriber resumes; undefined for a new subscription. */
  readonly after: string | undefined
  /** Aborted when the subscriber disconnects, and when the server closes. */
  readonly signal: AbortSignal
}

export interface StartSubscriptionOptions<Context> {
  /** A valid subscription. */
  args: Pick<ExecutionArgs, 'schema' | 'document' | 'operationName' | 'variableValues'>
  /** Creates the context of one execution, or, with a stream, that of `subscribe`. */
  createContext: (stream?: SubscriptionStream) => Context
  stream: SubscriptionStream
  formatError: ErrorFormatter
  /** Undefined when traces are off. */
  tracer?: Tracer | undefined
}

/** A started subscription, or the errors with which its root field rejected it. */
type SubscriptionStart =
  | { phase: 'rejected'; errors: GraphQLFormattedError[] }
  | { phase: 'started'; messages: AsyncIterable<EventStreamMessage> }

/**
 * Starts a subscription, whose root field yields {@link SourceEvent}s, and executes it for each of them in a
 * context of its own. An error of the source stream is the last message; the stream's signal ends it without
 * one.
 */
export async function startSubscription<Context>(
  options: StartSubscriptionOptions<Context>,
): Promise<SubscriptionStart> {
  const { args, createContext, stream, formatError } = options
  const source = await createSourceEventStream({ ...args, contextValue: createContext(stream) })
  if (!isAsyncIterable(source))
    return { phase: 'rejected', errors: formatErrors(source.errors ?? [], formatError) }
  return { phase: 'started', messages: toMessages(endOnAbort(source, stream.signal), options) }
}

async function* toMessages<Context>(
  source: AsyncIterable<unknown>,
  options: StartSubscriptionOptions<Context>,
): AsyncGenerator<EventStreamMessage, void> {
  const { stream, formatError } = options
  try {
    for await (const item of source) {
      if (stream.signal.aborted) return
      if (!isSourceEvent<Context>(item)) throw new TypeError('A subscription has yielded no source event.')
      const span = startDelivery(item, options)
      const result = await (span
        ? runAs({ span }, () => executeEvent(item, options))
        : executeEvent(item, options))
      endDelivery(span, result)
      const { id } = item
      yield result ? { id, result: JSON.stringify(result), traceparent: span?.traceparent } : { id }
    }
  } catch (error) {
    if (!stream.signal.aborted)
      yield { result: JSON.stringify({ errors: formatErrors([error], formatError) }) }
  }
}

/** Starts the span in which a traced event is executed for one subscriber; it links to the publication. */
function startDelivery<Context>(
  { traceparent, loadRootValue }: SourceEvent<Context>,
  { tracer, args: { operationName } }: StartSubscriptionOptions<Context>,
): TraceSpan | undefined {
  if (traceparent === undefined || !loadRootValue) return undefined
  return tracer?.startSpan(`deliver ${operationName ?? 'subscription'}`, undefined, {
    kind: 'consumer',
    links: [traceparent],
    attributes: {
      'graphql.operation.type': 'subscription',
      'graphql.operation.name': operationName ?? undefined,
    },
  })
}

function endDelivery(span: TraceSpan | undefined, result: FormattedExecutionResult | undefined): void {
  const [error] = result?.errors ?? []
  if (error) span?.setError(readErrorCode(error))
  span?.end()
}

/** @returns undefined when the event has no result for this viewer */
async function executeEvent<Context>(
  { loadRootValue }: SourceEvent<Context>,
  { args, createContext, stream, formatError }: StartSubscriptionOptions<Context>,
): Promise<FormattedExecutionResult | undefined> {
  if (!loadRootValue) return undefined
  try {
    const { contextValue, rootValue } = await loadWithRetry(loadRootValue, createContext, stream.signal)
    if (rootValue === null) return undefined
    const { errors, ...rest } = await execute({ ...args, rootValue, contextValue })
    return errors ? { errors: formatErrors(errors, formatError), ...rest } : rest
  } catch (error) {
    return { errors: formatErrors([error], formatError) }
  }
}

/** With the backoff, some 30 s. */
const maxAttempts = 12

/**
 * Loads the root value; retries with a backoff while the database is unreachable, so that no event is lost
 * during its restart.
 */
async function loadWithRetry<Context>(
  loadRootValue: RootValueLoader<Context>,
  createContext: () => Context,
  signal: AbortSignal,
): Promise<{ contextValue: Context; rootValue: object | null }> {
  for (let attempts = 1; ; attempts++) {
    const contextValue = createContext()
    try {
      return { contextValue, rootValue: await loadRootValue(contextValue) }
    } catch (error) {
      if (!isUnreachableError(error) || attempts === maxAttempts) throw error
      await waitWithBackoff(attempts, signal)
    }
  }
}

/** Ends the source when the signal is aborted, even while it waits for an event. */
function endOnAbort<Item>(source: AsyncIterable<Item>, signal: AbortSignal): AsyncIterable<Item> {
  const iterator = source[Symbol.asyncIterator]()
  const stop = () => void iterator.return?.().catch(() => undefined)
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  return { [Symbol.asyncIterator]: () => iterator }
}

const isAsyncIterable = (value: object): value is AsyncIterable<unknown> => Symbol.asyncIterator in value

function isSourceEvent<Context>(value: unknown): value is SourceEvent<Context> {
  if (typeof value !== 'object' || value === null || !('id' in value)) return false
  const hasLoader = 'loadRootValue' in value && value.loadRootValue !== undefined
  return typeof value.id === 'string' && (!hasLoader || typeof value.loadRootValue === 'function')
}
