/**
 * What both ends of a stream of subscription events say: the events of the standard
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html), as graphql-sse's distinct connections mode has them
 * (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md).
 */
export const eventStreamType = 'text/event-stream; charset=utf-8'

/** Whether a request accepts server-sent events. */
export const acceptsEventStream = (accept = ''): boolean =>
  /(^|[\s,])text\/event-stream($|[\s,;])/i.test(accept)

/** Says that the stream lives. */
export const heartbeatFrame = ':\n\n'
export const heartbeatIntervalMs = 12_000

/** There is no more to come. */
export const completeFrame = 'event: complete\ndata:\n\n'

/**
 * Frames an event with a type.
 *
 * @param data text of one line
 */
export const frameMessage = (type: string, data: string): string => `event: ${type}\ndata: ${data}\n\n`

/**
 * One event, or, without a result, the id alone from which to go on.
 *
 * @param result JSON text of one line
 */
export function frameResult(id: string | undefined, result: string | undefined): string {
  const said = id === undefined ? '' : `id: ${id}\n`
  return result === undefined ? `${said}\n` : `event: next\n${said}data: ${result}\n\n`
}
