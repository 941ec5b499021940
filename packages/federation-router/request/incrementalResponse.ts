import type { IncomingMessage, ServerResponse } from 'node:http'

import { stringifyJson } from '../../platform'
import type { CompletedPart, DeferredOutcome, PendingPart } from '../executors/executor'
import { createFlushingCompressor, selectCoding } from './compression'
import type { ReportErrors } from './errorResponse'
import { boundary, formatPart, multipartEnd } from './multipartParts'

/** The parameter of `multipart/mixed` that names the format of the parts. */
const formats = ['deferSpec=20220824', 'incrementalSpec=v0.2'] as const

/**
 * A format of the parts of a response:
 *
 * - `deferSpec=20220824`, of Apollo's routers (https://github.com/graphql/graphql-spec/pull/742, of August 2022)
 * - `incrementalSpec=v0.2`, of graphql-js 17 (https://specs.apollo.dev/incremental/v0.2)
 */
export type IncrementalFormat = (typeof formats)[number]

/** The response to a query with deferred fragments. */
export interface IncrementalResponse {
  format: IncrementalFormat
  /** The JSON texts of the parts. */
  parts: AsyncIterable<string>
}

/** Returns the format that an `Accept` header names first; undefined when it names none. */
export function selectIncrementalFormat(accept = ''): IncrementalFormat | undefined {
  if (!accept.includes('multipart/mixed')) return undefined
  for (const range of accept.split(',')) {
    const [type, ...parameters] = range
      .split(';')
      .map((part) => part.trim().replaceAll('"', '').toLowerCase())
    if (type !== 'multipart/mixed' || parameters.some((each) => /^q=0(\.0*)?$/.test(each))) continue
    const format = formats.find((each) => parameters.includes(each.toLowerCase()))
    if (format) return format
  }
  return undefined
}

interface PartsOptions {
  format: IncrementalFormat
  formatErrors(errors: Parameters<ReportErrors>[0]['errors']): ReturnType<ReportErrors>
  /** The `extensions` of the last part. */
  createExtensions(): object | undefined
  /** Called when all parts are delivered, or the client has disconnected. */
  onEnd(): void
}

/** Writes the JSON texts of the parts of a response. */
export async function* writeParts(
  { data, errors, pending, batches }: DeferredOutcome,
  { format, formatErrors, createExtensions, onEnd }: PartsOptions,
): AsyncGenerator<string, void> {
  const formatAll = (all: DeferredOutcome['errors']) => (all.length > 0 ? { errors: formatErrors(all) } : {})
  const writeExtensions = (hasNext: boolean) => {
    const extensions = hasNext ? undefined : createExtensions()
    return extensions && { extensions }
  }
  const writePending = (parts: readonly PendingPart[]) =>
    format === 'incrementalSpec=v0.2' && parts.length > 0 ? { pending: parts } : {}

  function writeCompleted(completed: readonly CompletedPart[]): object {
    const formatted = completed.map((each) => ({ ...each, formatted: formatAll(each.errors) }))
    if (format === 'deferSpec=20220824')
      return {
        incremental: formatted.map((each) => ({
          ...{ data: each.data, path: each.path, label: each.label },
          ...each.formatted,
        })),
      }
    const delivered = formatted.filter((each) => each.data !== null)
    return {
      ...(delivered.length > 0 && {
        incremental: delivered.map((each) => ({ id: each.id, data: each.data, ...each.formatted })),
      }),
      completed: formatted.map((each) => ({ id: each.id, ...(each.data === null && each.formatted) })),
    }
  }

  try {
    const hasNext = pending.length > 0
    yield stringifyJson({
      ...{ data, ...formatAll(errors), ...writePending(pending), ...writeExtensions(hasNext), hasNext },
    })
    for await (const batch of batches)
      yield stringifyJson({
        ...writePending(batch.pending),
        ...writeCompleted(batch.completed),
        ...writeExtensions(batch.hasNext),
        hasNext: batch.hasNext,
      })
  } finally {
    onEnd()
  }
}

/**
 * Sends each part when it is ready, compressed if the client accepts that. Ends early when the client has disconnected.
 *
 * @param headers further headers of the response: names and values in turn
 */
export async function sendIncrementalResponse(
  request: IncomingMessage,
  response: ServerResponse,
  headers: string[],
  { format, parts }: IncrementalResponse,
): Promise<void> {
  const coding = selectCoding(request.headers['accept-encoding'])
  headers.push(
    ...['content-type', `multipart/mixed;boundary="graphql";${format}`, 'cache-control', 'no-store'],
    // nginx would buffer the parts (https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering).
    ...['x-accel-buffering', 'no', 'vary', 'Accept-Encoding'],
    ...(coding ? ['content-encoding', coding] : []),
  )
  const closed = new Promise<void>((resolve) => response.once('close', () => resolve()))
  if (!response.destroyed) response.writeHead(200, headers)
  const compressor = coding && createFlushingCompressor(coding)
  if (compressor) {
    compressor.on('error', () => response.destroy()).pipe(response)
    void closed.then(() => compressor.destroy())
  }
  const body = compressor ?? response
  // The client regards a part as complete at the boundary after it.
  let isFirst = true
  for await (const part of parts) {
    if (response.destroyed) break
    const text = `${isFirst ? boundary : ''}${formatPart(part)}`
    isFirst = false
    await Promise.race([closed, new Promise((resolve) => body.write(text, resolve))])
  }
  if (!response.destroyed) body.end(multipartEnd)
}
