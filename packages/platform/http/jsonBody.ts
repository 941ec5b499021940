import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'

import { createTickBatcher } from '../async/tickBatcher'
import { isObject } from '../json'
import { parseJson } from '../longIntegers'
import { BodyTooLargeError, readBodyBytes, sendText, sendTextAndClose } from './server'

const joinTick = createTickBatcher()

/**
 * Receives the body of a request, and parses it if it is JSON. Bodies that arrive in one tick of the event loop are
 * processed together.
 *
 * @param headers of the response in any case: names and values in turn
 * @param maxBodyBytes of the body as it was sent, and decoded (`content-encoding: gzip`)
 * @returns undefined after a response with status 413, 415 or 400
 */
export async function receiveBody(
  request: IncomingMessage,
  response: ServerResponse,
  headers: readonly string[],
  maxBodyBytes: number,
): Promise<{ body: unknown } | undefined> {
  try {
    const bytes = await readBodyBytes(request, maxBodyBytes)
    const coding = request.headers['content-encoding']
    const text = (coding === undefined ? bytes : await decodeBody(bytes, coding, maxBodyBytes)).toString()
    await joinTick()
    return { body: parseBody(request, text) }
  } catch (error) {
    refuseBody(response, headers, error, maxBodyBytes)
    return undefined
  }
}

class UnsupportedCodingError extends Error {}

const unzip = promisify(gunzip)

/** Decodes the coding of a body, up to a size. @throws BodyTooLargeError, SyntaxError, UnsupportedCodingError */
async function decodeBody(bytes: Buffer, coding: string, maxBytes: number): Promise<Buffer> {
  switch (coding.trim().toLowerCase()) {
    case 'identity':
      return bytes
    case 'gzip':
    case 'x-gzip':
      try {
        // Stops at the limit: a few kilobytes may decode into gigabytes.
        return await unzip(bytes, { maxOutputLength: maxBytes })
      } catch (error) {
        const isLarge = isObject(error) && error['code'] === 'ERR_BUFFER_TOO_LARGE'
        throw isLarge ? new BodyTooLargeError() : new SyntaxError('Not gzip', { cause: error })
      }
    default:
      throw new UnsupportedCodingError()
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
  const isUnsupported = error instanceof UnsupportedCodingError
  if (!isLarge && !isUnsupported && !(error instanceof SyntaxError)) throw error
  for (let index = 0; index < headers.length; index += 2)
    response.setHeader(headers[index] ?? '', headers[index + 1] ?? '')
  if (isLarge)
    return sendTextAndClose(response, 413, `The body of the request is larger than ${maxBodyBytes} bytes.\n`)
  if (!isUnsupported) return sendText(response, 400, 'The body of the request is not valid JSON.\n')
  // RFC 7694, section 3.
  response.setHeader('accept-encoding', 'gzip')
  sendText(response, 415, 'The body of the request may have no content-encoding but gzip.\n')
}
