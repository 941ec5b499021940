import { readFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { z } from 'zod'

import { viewerHeader } from '../../auth/tokens'
import { cookieNameHeader, requestIdHeader, requestTimeoutHeader, StartupError } from '../../platform'
import { traceparentHeader } from '../../platform/telemetry'

/** The headers of a client that rules propagate, by their names in lower case. */
export type ClientHeaders = Readonly<Record<string, string>>

/** Which headers subgraphs receive beside those of the router. */
export interface HeaderRules {
  /** The subgraphs that have rules of their own. */
  subgraphs: readonly string[]
  /** Selects the headers that some rule propagates. */
  select(headers: IncomingHttpHeaders): ClientHeaders
  /** Returns whether a subgraph may receive headers of clients, so that its responses depend on them. */
  propagatesTo(subgraph: string): boolean
  /** Writes the headers for a subgraph: names and values in turn. */
  write(subgraph: string, headers: ClientHeaders): readonly string[]
}

/** Headers of a connection (RFC 9110, section 7.6.1), of the body, and those that the router writes. */
const reserved: ReadonlySet<string> = new Set([
  ...[
    'accept',
    'accept-encoding',
    'connection',
    'expect',
    'host',
    'keep-alive',
    'proxy-connection',
    'te',
    'trailer',
  ],
  ...['content-encoding', 'content-length', 'content-type', 'transfer-encoding', 'upgrade', 'user-agent'],
  ...[
    'last-event-id',
    cookieNameHeader,
    requestIdHeader,
    requestTimeoutHeader,
    traceparentHeader,
    viewerHeader,
  ],
])

const headerName = z
  .string()
  .regex(/^[\w!#$%&'*+.^`|~-]+$/, 'must be the name of a header')
  .transform((name) => name.toLowerCase())
  .refine((name) => !reserved.has(name), 'is a header that the router writes itself')
const headerValue = z.string().regex(/^[\x20-\x7e\x80-\xff]*$/, 'must be the value of a header')

const ruleShape = z.union([
  z.strictObject({ propagate: headerName, as: headerName.optional(), default: headerValue.optional() }),
  z.strictObject({ set: headerName, value: headerValue }),
])
type HeaderRule = z.infer<typeof ruleShape>

/** Rules by the names of subgraphs; those of `*` apply to all, before their own. */
const rulesShape = z.record(z.string(), z.array(ruleShape))

/** Reads header rules. @throws StartupError that names each wrong part of the file */
export function readHeaderRules(file: string): HeaderRules {
  let rules: Readonly<Record<string, readonly HeaderRule[]>>
  try {
    const result = rulesShape.safeParse(JSON.parse(readFileSync(file, 'utf8')))
    if (!result.success) throw new Error(z.prettifyError(result.error))
    rules = result.data
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartupError(`The header rules (HEADERS_FILE) cannot be used: ${reason}`)
  }
  const { '*': common = [], ...own } = rules
  const bySubgraph = new Map(Object.entries(own).map(([name, list]) => [name, [...common, ...list]]))
  const propagated = new Set(
    Object.values(rules).flatMap((list) =>
      list.flatMap((rule) => ('propagate' in rule ? [rule.propagate] : [])),
    ),
  )
  return {
    subgraphs: Object.keys(own),
    propagatesTo: (subgraph) => (bySubgraph.get(subgraph) ?? common).some((rule) => 'propagate' in rule),
    select(headers) {
      const selected: Record<string, string> = {}
      for (const name of propagated) {
        const value = headers[name]
        if (value !== undefined) selected[name] = Array.isArray(value) ? value.join(', ') : value
      }
      return selected
    },
    write(subgraph, headers) {
      const written = new Map<string, string>()
      for (const rule of bySubgraph.get(subgraph) ?? common) {
        if ('set' in rule) {
          written.set(rule.set, rule.value)
          continue
        }
        const value = headers[rule.propagate] ?? rule.default
        if (value !== undefined) written.set(rule.as ?? rule.propagate, value)
      }
      return [...written].flat()
    },
  }
}
