import { randomUUID } from 'node:crypto'

/** The header that identifies a request in the logs of all processes. */
export const requestIdHeader = 'x-request-id'

const wellFormedId = /^[\w.:+/=@-]{1,128}$/

/** Returns the request ID of a client or caller when it is well formed, and otherwise a new one. */
export const resolveRequestId = (header: string | string[] | undefined): string =>
  typeof header === 'string' && wellFormedId.test(header) ? header : randomUUID()
