/** An event of a stream. */
export interface ServerSentEvent {
  /** '' for an event without a type. */
  type: string
  /** '' for an event that only sets the last event id. */
  data: string
  /** The last event id of the stream by then; undefined before the first. */
  id: string | undefined
  /** The span that has caused the event; undefined without one. A field of our own, which other parsers ignore. */
  traceparent?: string | undefined
}

/** An event exceeds the maximum length. */
export class EventTooLongError extends Error {
  constructor(maxLength: number) {
    super(`A server-sent event has more than ${maxLength} characters`)
  }
}

const lineTerminator = /\r\n|\n|\r/g

/**
 * Parses a stream of server-sent events incrementally, and buffers at most one event
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html, section 9.2.6).
 *
 * @param maxEventLength in characters
 * @returns a function that takes the next bytes and returns the events that they complete; it throws EventTooLongError
 */
export function createEventStreamParser(maxEventLength: number): (bytes: Uint8Array) => ServerSentEvent[] {
  const decoder = new TextDecoder()
  let line = ''
  /** Whether the text ended in CR: an LF at the start of the next one belongs to the same line terminator. */
  let endedInCr = false
  let type = ''
  let data: string[] = []
  let dataLength = 0
  let id: string | undefined
  let traceparent: string | undefined
  let events: ServerSentEvent[] = []

  function requireLength(length: number): void {
    if (length > maxEventLength) throw new EventTooLongError(maxEventLength)
  }

  function dispatchEvent(): void {
    const event: ServerSentEvent = { type, data: data.join('\n'), id }
    if (traceparent !== undefined) event.traceparent = traceparent
    events.push(event)
    traceparent = undefined
    type = ''
    data = []
    dataLength = 0
  }

  function parseLine(text: string): void {
    if (text === '') return dispatchEvent()
    const colon = text.indexOf(':')
    const field = colon === -1 ? text : text.slice(0, colon)
    const value = colon === -1 ? '' : text.slice(colon + 1).replace(/^ /, '')
    if (field === 'data') {
      data.push(value)
      dataLength += value.length
      requireLength(dataLength)
    } else if (field === 'event') type = value
    else if (field === 'id' && !value.includes('\0')) id = value
    else if (field === 'traceparent') traceparent = value
  }

  return (bytes) => {
    const text = decoder.decode(bytes, { stream: true })
    if (text === '') return []
    let start = endedInCr && text.startsWith('\n') ? 1 : 0
    lineTerminator.lastIndex = start
    for (let match = lineTerminator.exec(text); match; match = lineTerminator.exec(text)) {
      parseLine(line + text.slice(start, match.index))
      line = ''
      start = lineTerminator.lastIndex
    }
    endedInCr = text.endsWith('\r')
    line += text.slice(start)
    requireLength(dataLength + line.length)
    const completed = events
    events = []
    return completed
  }
}
