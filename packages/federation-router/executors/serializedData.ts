import type { GraphQLFormattedError } from 'graphql'

/** JSON text in parts, with one character for each byte of its UTF-8 encoding. */
export interface SerializedData {
  texts: string[]
}

export function decodeSerializedData({ texts }: SerializedData): string {
  return Buffer.from(texts.join(''), 'latin1').toString()
}

/** Data that is already JSON text. Apollo Server passes it from the executor to `stringifyResult`. */
export class SerializedDataValue {
  constructor(readonly text: string) {}

  toJSON(): unknown {
    return JSON.parse(this.text)
  }
}

interface Result {
  data?: unknown
  errors?: readonly GraphQLFormattedError[] | undefined
  extensions?: unknown
}

/** Serializes a response: the option `stringifyResult` of Apollo Server. */
export function stringifyResult(result: Result): string {
  const { data, errors, extensions } = result
  if (!(data instanceof SerializedDataValue)) return JSON.stringify(result)
  const head = errors ? `{"errors":${JSON.stringify(errors)},` : '{'
  const tail = extensions === undefined ? '}' : `,"extensions":${JSON.stringify(extensions)}}`
  return `${head}"data":${data.text}${tail}`
}
