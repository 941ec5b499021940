import type { GraphQLFormattedError } from 'graphql'

/** JSON text in parts, one character for each byte of its UTF-8. */
export interface SerializedData {
  texts: string[]
}

export function decodeSerializedData({ texts }: SerializedData): string {
  return Buffer.from(texts.join(''), 'latin1').toString()
}

/** Data whose JSON text is ready. Apollo Server carries it from the executor to `stringifyPrepared`. */
export class SerializedDataValue {
  constructor(readonly text: string) {}

  /** For whoever writes it otherwise. */
  toJSON(): unknown {
    return JSON.parse(this.text)
  }
}

interface Result {
  data?: unknown
  errors?: readonly GraphQLFormattedError[] | undefined
  extensions?: unknown
}

/** The JSON text of a response: Apollo Server's `stringifyResult`. */
export function stringifyResult(result: Result): string {
  const { data, errors, extensions } = result
  if (!(data instanceof SerializedDataValue)) return JSON.stringify(result)
  const before = errors ? `{"errors":${JSON.stringify(errors)},` : '{'
  const after = extensions === undefined ? '}' : `,"extensions":${JSON.stringify(extensions)}}`
  return `${before}"data":${data.text}${after}`
}
