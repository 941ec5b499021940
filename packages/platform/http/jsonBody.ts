import type { IncomingMessage, ServerResponse } from 'node:http'

import { createTickBatcher } from '../async/tickBatcher'
import { parseJson } from '../longIntegers'
import { BodyTooLargeError, readBody, sendText } from './server'

const joinTick = createTickBatcher()

/**
 * Receives the body of a request, and parses it if it is JSON. Bodies that arrive in one tick of the event loop are
 * processed together.
 *
 * @param headers of the response in any case: names and values in turn
 * @returns undefined after a response with status 413 or 400
 */
export async function receiveBody(
  request: IncomingMessage,
  response: ServerResponse,
  headers: readonly string[],
  maxBodyBytes: number,
): Promise<{ body: unknown } | undefined> {
  try {
    const text = await readBody(request, maxBodyBytes)
    await joinTick()
    return { body: parseBody(request, text) }
  } catch (error) {
    refuseBody(response, headers, error, maxBodyBytes)
    return undefined
  }
}

/** @returns undefined for a body that is not JSON @throws SyntaxError */
function parseBody(request: IncomingMessage, text: string): unknown {
  if (text === '' || !/^application\/json\b/i.test(request.headers['content-type'] ?? '')) return undefined
  return parseJson(text)
}

/** @throws any error that the body has not caused */
function refuseBody(
  response: ServerResponse,
  headers: readonly string[],
  error: unknown,
  maxBodyBytes: number,
): void {
  const isLarge = error instanceof BodyTooLargeError
  if (!isLarge && !(error instanceof SyntaxError)) throw error
  for (let index = 0; index < headers.length; index += 2)
    response.setHeader(headers[index] ?? '', headers[index + 1] ?? '')
  // The rest of the body is not read: the connection cannot be reused.
  response.setHeader('connection', 'close')
  if (isLarge) sendText(response, 413, `The body of the request is larger than ${maxBodyBytes} bytes.\n`)
  else sendText(response, 400, 'The body of the request is not valid JSON.\n')
}
