import { acceptsEventStream } from '../../sse'
import { acceptsMultipart, multipartFraming } from './multipartFraming'
import { sseFraming } from './sseFraming'
import type { MessageFraming } from './streamMessages'

/** Returns the framing of the stream that an `Accept` header allows; undefined when it allows none. */
export function selectFraming(accept = ''): MessageFraming | undefined {
  if (acceptsMultipart(accept)) return multipartFraming
  return acceptsEventStream(accept) ? sseFraming : undefined
}
