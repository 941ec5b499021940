import { createInvalidResponseError } from '../federation-router/transport/errors'

/** An event as it was sent: its data is '' where it only says an id. */
export interface ServerSentEvent {
  type: string
  data: string
  /** The last id that was said by then; undefined as long as none was. */
  id: string | undefined
}

const lineEnd = /\r\n|\n|\r/g

/**
 * Reads a stream of server-sent events as it comes (https://html.spec.whatwg.org/multipage/server-sent-events.html,
 * section 9.2.6), and keeps no more of it than one event.
 *
 * @param limit of one event, in characters
 * @returns a function that takes the next bytes, and gives the events that are whole by then; it throws SubgraphFault for
 *   one above the limit
 */
export function createEventStreamParser(limit: number): (bytes: Uint8Array) => ServerSentEvent[] {
  const decoder = new TextDecoder()
  let line = ''
  /** The last line ended in a CR, of which a LF at the start of what follows is the second half. */
  let isHalfEnded = false
  let type = ''
  let data: string[] = []
  let size = 0
  let id: string | undefined
  let events: ServerSentEvent[] = []

  function endEvent(): void {
    events.push({ type, data: data.join('\n'), id })
    type = ''
    data = []
    size = 0
  }

  function readLine(text: string): void {
    if (text === '') return endEvent()
    const colon = text.indexOf(':')
    const field = colon === -1 ? text : text.slice(0, colon)
    const value = colon === -1 ? '' : text.slice(colon + 1).replace(/^ /, '')
    if (field === 'data') {
      data.push(value)
      size += value.length
    } else if (field === 'event') type = value
    else if (field === 'id' && !value.includes('\0')) id = value
  }

  return (bytes) => {
    const text = decoder.decode(bytes, { stream: true })
    if (text === '') return []
    let start = isHalfEnded && text.startsWith('\n') ? 1 : 0
    lineEnd.lastIndex = start
    for (let end = lineEnd.exec(text); end; end = lineEnd.exec(text)) {
      readLine(line + text.slice(start, end.index))
      line = ''
      start = lineEnd.lastIndex
    }
    isHalfEnded = text.endsWith('\r')
    line += text.slice(start)
    if (size + line.length > limit)
      throw createInvalidResponseError(`An event of more than ${limit} characters`)
    const whole = events
    events = []
    return whole
  }
}
