export interface ServerSentEvent {
  type: string
  /** Empty for an event that only sets the ID. */
  data: string
  /** The last event ID so far; undefined if there was none. */
  id: string | undefined
}

const lineEnd = /\r\n|\n|\r/g

/**
 * Creates a reader of server-sent events
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream). A browser's EventSource
 * does not suffice, since it sends neither a body nor headers.
 *
 * @returns a function that takes the next bytes and returns the events that they complete
 */
export function createEventStreamReader(): (bytes: Uint8Array) => ServerSentEvent[] {
  const decoder = new TextDecoder()
  let line = ''
  /** Whether the text so far ended in CR, so that a LF at the start of the next bytes belongs to it. */
  let endedInCr = false
  let type = ''
  let data: string[] = []
  let id: string | undefined

  function readLine(text: string): ServerSentEvent | undefined {
    if (text === '') {
      const event = { type, data: data.join('\n'), id }
      type = ''
      data = []
      return event
    }
    const colon = text.indexOf(':')
    const field = colon === -1 ? text : text.slice(0, colon)
    const value = colon === -1 ? '' : text.slice(colon + 1).replace(/^ /, '')
    if (field === 'data') data.push(value)
    else if (field === 'event') type = value
    else if (field === 'id' && !value.includes('\0')) id = value
    return undefined
  }

  return (bytes) => {
    const text = decoder.decode(bytes, { stream: true })
    if (text === '') return []
    const events: ServerSentEvent[] = []
    let start = endedInCr && text.startsWith('\n') ? 1 : 0
    lineEnd.lastIndex = start
    for (let end = lineEnd.exec(text); end; end = lineEnd.exec(text)) {
      const event = readLine(line + text.slice(start, end.index))
      if (event) events.push(event)
      line = ''
      start = lineEnd.lastIndex
    }
    endedInCr = text.endsWith('\r')
    line += text.slice(start)
    return events
  }
}
