import type { ServerResponse } from 'node:http'

import { decodeSerializedData, type SerializedData } from '../executors/serializedData'
import { compress, minCompressedBytes, selectCoding, type ContentCoding } from './compression'

/** The response to an operation, as GraphQL over HTTP. */
export interface GraphqlResponse {
  status: number
  /** Names and values in turn. */
  headers: string[]
  /** The JSON text of the response, or only of its `data`. */
  body: string | SerializedData
}

/** Returns the headers of a response to an operation. */
export const createHeaders = (mediaType: string): string[] => [
  ...['cache-control', 'no-store'],
  ...['content-type', mediaType],
]

/** The JSON text around `data` from the fast path. */
export const beforeData = '{"data":'
export const afterData = '}'

/** Returns the JSON text of a response. */
export function readResponseText({ body }: GraphqlResponse): string {
  return typeof body === 'string' ? body : `${beforeData}${decodeSerializedData(body)}${afterData}`
}

/**
 * Sends a response, compressed if it is large and the client accepts that.
 *
 * @param headers of the response in any case: names and values in turn
 * @param accepted the value of the Accept-Encoding header
 */
export function sendResponse(
  response: ServerResponse,
  { status, headers: own, body }: GraphqlResponse,
  headers: string[],
  accepted: string | undefined,
): Promise<void> | void {
  if (status === 304) {
    headers.push(...own)
    return void response.writeHead(status, headers).end()
  }
  const length = typeof body === 'string' ? Buffer.byteLength(body) : sumLengths(body.texts)
  headers.push(...own)
  if (length >= minCompressedBytes) {
    headers.push('vary', 'Accept-Encoding')
    const coding = selectCoding(accepted)
    if (coding) return sendCompressed(response, { status, headers, body }, coding)
  }
  headers.push('content-length', String(length))
  // As a list: setting each header by itself takes twice as long.
  response.writeHead(status, headers)
  if (typeof body === 'string') return void response.end(body)
  writeSerializedData(response, body.texts)
  // The promises that waited for the result are in the old generation of the garbage collector and would retain the texts.
  body.texts = []
}

async function sendCompressed(
  response: ServerResponse,
  { status, headers, body }: GraphqlResponse,
  coding: ContentCoding,
): Promise<void> {
  const bytes =
    typeof body === 'string'
      ? Buffer.from(body)
      : Buffer.from(`${beforeData}${body.texts.join('')}${afterData}`, 'latin1')
  const compressed = await compress(bytes, coding)
  headers.push('content-encoding', coding, 'content-length', String(compressed.length))
  response.writeHead(status, headers)
  response.end(compressed)
}

function sumLengths(texts: readonly string[]): number {
  let length = beforeData.length + afterData.length
  for (const text of texts) length += text.length
  return length
}

function writeSerializedData(response: ServerResponse, texts: readonly string[]): void {
  const last = texts.length - 1
  // Sends head and body in one packet; `end(text)` would send them separately.
  response.cork()
  for (let index = 0; index <= last; index++)
    response.write(
      `${index === 0 ? beforeData : ''}${texts[index]}${index === last ? afterData : ''}`,
      'latin1',
    )
  response.uncork()
  response.end()
}
