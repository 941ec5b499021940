import type { Transform } from 'node:stream'
import { promisify } from 'node:util'
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib'

import { maxCachedHeaders } from './contentNegotiation'

/** A content coding of responses (RFC 9110, section 8.4.1). */
export type ContentCoding = 'br' | 'gzip'

/** Smaller responses fit into a few packets, and would not arrive earlier. */
export const minCompressedBytes = 2_048

const offers: readonly ContentCoding[] = ['br', 'gzip']
const compressBrotli = promisify(brotliCompress)
const compressGzip = promisify(gzip)
const selected = new Map<string, ContentCoding | undefined>()

/**
 * Selects the coding of a response (RFC 9110, section 12.5.3): of equal ones, Brotli.
 *
 * @param accepted the value of the Accept-Encoding header
 * @returns undefined when the client accepts none of them
 */
export function selectCoding(accepted: string | undefined): ContentCoding | undefined {
  if (accepted === undefined) return undefined
  // Clients send few different headers.
  if (selected.has(accepted)) return selected.get(accepted)
  if (selected.size >= maxCachedHeaders) selected.clear()
  const coding = findBest(accepted)
  selected.set(accepted, coding)
  return coding
}

function findBest(accepted: string): ContentCoding | undefined {
  const qualities = new Map(
    accepted.split(',').map((entry) => {
      const [name = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase())
      const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
      return [name, quality === undefined ? 1 : Number(quality) || 0]
    }),
  )
  let best: ContentCoding | undefined
  let bestQuality = 0
  for (const coding of offers) {
    const quality = qualities.get(coding) ?? qualities.get('*') ?? 0
    if (quality <= bestQuality) continue
    best = coding
    bestQuality = quality
  }
  return best
}

/** Creates a compressor whose output contains each chunk as soon as it is written. */
export function createFlushingCompressor(coding: ContentCoding): Transform {
  const { BROTLI_OPERATION_FLUSH, BROTLI_PARAM_QUALITY, Z_SYNC_FLUSH } = constants
  if (coding === 'gzip') return createGzip({ level: 4, flush: Z_SYNC_FLUSH })
  return createBrotliCompress({ flush: BROTLI_OPERATION_FLUSH, params: { [BROTLI_PARAM_QUALITY]: 4 } })
}

/** Compresses a response on another thread, at a level that takes about as long as sending the bytes that it saves. */
export function compress(bytes: Buffer, coding: ContentCoding): Promise<Buffer> {
  if (coding === 'gzip') return compressGzip(bytes, { level: 4 })
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = constants
  return compressBrotli(bytes, {
    params: { [BROTLI_PARAM_QUALITY]: 4, [BROTLI_PARAM_SIZE_HINT]: bytes.length },
  })
}
