import type { GraphQLFormattedError } from 'graphql'

/** JSON text in parts, one character for each of its own or, as `latin1`, for each byte of its UTF-8. */
export interface PreparedText {
  texts: string[]
  encoding: 'utf8' | 'latin1'
}

export function wholeText({ texts, encoding }: PreparedText): string {
  const text = texts.join('')
  return encoding === 'utf8' ? text : Buffer.from(text, encoding).toString()
}

/** Data whose JSON text is ready. Apollo Server carries it from the executor to `stringifyPrepared`. */
export class PreparedData {
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
export function stringifyPrepared(result: Result): string {
  const { data, errors, extensions } = result
  if (!(data instanceof PreparedData)) return JSON.stringify(result)
  const before = errors ? `{"errors":${JSON.stringify(errors)},` : '{'
  const after = extensions === undefined ? '}' : `,"extensions":${JSON.stringify(extensions)}}`
  return `${before}"data":${data.text}${after}`
}
