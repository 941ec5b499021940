import {
  createSourceEventStream,
  execute,
  type ExecutionArgs,
  type FormattedExecutionResult,
  type GraphQLFormattedError,
} from 'graphql'

import { isUnreachableError } from '../mongo/database'
import type { SourceEvent, RootValueLoader } from './sourceEvents'
import { waitWithBackoff } from '../../platform/async/backoff'
import { formatErrors, type ErrorFormatter } from '../graphql/errorFormatter'
import type { EventStreamMessage } from '../../sse/writer'

/** What a subscription's `subscribe` has to know of its stream. */
export interface SubscriptionStream {
  /** The id of the last happening that the subscriber has seen; undefined for one who begins. */
  readonly after: string | undefined
  /** Aborted when the subscriber goes, and when the server closes. Whatever waits for something to happen heeds it. */
  readonly signal: AbortSignal
}

export interface StartSubscriptionOptions<Context> {
  /** The subscription; it is valid. */
  args: Pick<ExecutionArgs, 'schema' | 'document' | 'operationName' | 'variableValues'>
  /** Makes the context of one execution, or, with a stream, that of `subscribe`. */
  createContext: (stream?: SubscriptionStream) => Context
  stream: SubscriptionStream
  formatError: ErrorFormatter
}

/** What came of beginning a subscription. `refused`: by its root field. */
export type SubscriptionStart =
  | { phase: 'refused'; errors: GraphQLFormattedError[] }
  | { phase: 'following'; told: AsyncIterable<EventStreamMessage> }

/**
 * Begins a subscription, whose root field yields a {@link SourceEvent} each time. It is executed for each of them, in a context
 * of its own. An error of the source is the last that is told; the stream's signal ends it without a word.
 */
export async function startSubscription<Context>(
  options: StartSubscriptionOptions<Context>,
): Promise<SubscriptionStart> {
  const { args, createContext, stream, formatError } = options
  const source = await createSourceEventStream({ ...args, contextValue: createContext(stream) })
  if (!isIterable(source)) return { phase: 'refused', errors: formatErrors(source.errors ?? [], formatError) }
  return { phase: 'following', told: tell(untilAborted(source, stream.signal), options) }
}

async function* tell<Context>(
  source: AsyncIterable<unknown>,
  options: StartSubscriptionOptions<Context>,
): AsyncGenerator<EventStreamMessage, void> {
  const { stream, formatError } = options
  try {
    for await (const item of source) {
      if (stream.signal.aborted) return
      if (!isHappening<Context>(item)) throw new TypeError('A subscription has yielded no happening.')
      const result = await resultOf(item, options)
      yield result ? { id: item.id, result: JSON.stringify(result) } : { id: item.id }
    }
  } catch (error) {
    if (!stream.signal.aborted)
      yield { result: JSON.stringify({ errors: formatErrors([error], formatError) }) }
  }
}

/** @returns undefined where there is nothing to tell */
async function resultOf<Context>(
  { loadRootValue }: SourceEvent<Context>,
  { args, createContext, stream, formatError }: StartSubscriptionOptions<Context>,
): Promise<FormattedExecutionResult | undefined> {
  if (!loadRootValue) return undefined
  try {
    const { contextValue, rootValue } = await load(loadRootValue, createContext, stream.signal)
    if (rootValue === null) return undefined
    const { errors, ...rest } = await execute({ ...args, rootValue, contextValue })
    return errors ? { errors: formatErrors(errors, formatError), ...rest } : rest
  } catch (error) {
    return { errors: formatErrors([error], formatError) }
  }
}

/** Some 30 s. */
const mostTries = 12

/** While the database is started anew the subscriber waits: to be told that something has happened, but not what, helps nobody. */
async function load<Context>(
  payload: RootValueLoader<Context>,
  createContext: () => Context,
  signal: AbortSignal,
): Promise<{ contextValue: Context; rootValue: object | null }> {
  for (let tries = 1; ; tries++) {
    const contextValue = createContext()
    try {
      return { contextValue, rootValue: await payload(contextValue) }
    } catch (error) {
      if (!isUnreachableError(error) || tries === mostTries) throw error
      await waitWithBackoff(tries, signal)
    }
  }
}

/** The same, and what waits in it is let go when the signal is aborted. */
function untilAborted<Item>(source: AsyncIterable<Item>, signal: AbortSignal): AsyncIterable<Item> {
  const iterator = source[Symbol.asyncIterator]()
  const stop = () => void iterator.return?.().catch(() => undefined)
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  return { [Symbol.asyncIterator]: () => iterator }
}

const isIterable = (value: object): value is AsyncIterable<unknown> => Symbol.asyncIterator in value

function isHappening<Context>(value: unknown): value is SourceEvent<Context> {
  if (typeof value !== 'object' || value === null || !('id' in value)) return false
  const hasLoader = 'loadRootValue' in value && value.loadRootValue !== undefined
  return typeof value.id === 'string' && (!hasLoader || typeof value.loadRootValue === 'function')
}
