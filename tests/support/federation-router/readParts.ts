/** A part of a multipart response. */
export type ResponsePart = Record<string, unknown>

/** Reads the parts of a multipart response while they arrive. */
export async function* readParts(body: AsyncIterable<Uint8Array>): AsyncGenerator<ResponsePart, void> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true })
    for (let end = text.indexOf('\r\n--graphql', 1); end !== -1; end = text.indexOf('\r\n--graphql', 1)) {
      const part = text.slice(0, end)
      text = text.slice(end)
      yield JSON.parse(part.slice(part.indexOf('\r\n\r\n') + 4)) as ResponsePart
    }
  }
  if (text !== '\r\n--graphql--\r\n') throw new Error(`The response ends with ${JSON.stringify(text)}`)
}
