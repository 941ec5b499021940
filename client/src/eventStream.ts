/** An event as it was sent: its data is '' where it only says an id. */
export interface ServerSentEvent {
  type: string
  data: string
  /** The last id that was said by then; undefined as long as none was. */
  id: string | undefined
}

const lineEnd = /\r\n|\n|\r/g

/**
 * Reads a stream of server-sent events as it comes (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream).
 * A browser's own EventSource sends neither a body nor headers.
 *
 * @returns a function that takes the next bytes, and gives the events that are whole by then
 */
export function createEventStreamReader(): (bytes: Uint8Array) => ServerSentEvent[] {
  const decoder = new TextDecoder()
  let line = ''
  /** The last line ended in a CR, of which a LF at the start of what follows is the second half. */
  let isHalfEnded = false
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
    let start = isHalfEnded && text.startsWith('\n') ? 1 : 0
    lineEnd.lastIndex = start
    for (let end = lineEnd.exec(text); end; end = lineEnd.exec(text)) {
      const event = readLine(line + text.slice(start, end.index))
      if (event) events.push(event)
      line = ''
      start = lineEnd.lastIndex
    }
    isHalfEnded = text.endsWith('\r')
    line += text.slice(start)
    return events
  }
}
