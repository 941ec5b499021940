import { createHash } from 'node:crypto'

/** The fields of a log line that identify an operation. Neither variables nor literals of the document are logged. */
export interface OperationFields {
  /** Undefined for an anonymous operation. */
  operationName: string | undefined
  /** The first 16 digits of the document's SHA-256, which is also its hash as a persisted query. */
  operationHash: string
}

const hashLength = 16
const maxNameLength = 100

/** The name of anonymous operations in metrics. */
export const anonymousName = 'anonymous'

/** Creates the log fields of an operation, to be computed once for each document and kept with it. */
export const describeOperation = (source: string, operationName: string | undefined): OperationFields =>
  toOperationFields(createHash('sha256').update(source).digest('hex'), operationName)

/** Creates the log fields of an operation. @param documentHash the document's SHA-256 in hexadecimal digits */
export const toOperationFields = (
  documentHash: string,
  operationName: string | undefined,
): OperationFields => ({
  operationName: operationName?.slice(0, maxNameLength),
  operationHash: documentHash.slice(0, hashLength),
})
