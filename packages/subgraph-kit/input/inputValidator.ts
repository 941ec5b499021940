import {
  countCodePoints,
  findRefusedCharacter,
  firstCodePoints,
  isBlank,
  isLongerThan,
  isOneLine,
  MutationRejectedError,
  refusedCharactersDescription,
  unifyLineBreaks,
  type UserError,
  type UserErrorCode,
} from '../../platform'

const maxErrors = 100

/** A format that a text must match. */
export interface TextFormat {
  matches(text: string): boolean
  message: string
}

/**
 * Collects all errors of a mutation's input, so that a form can show them at once. Each `read` method returns
 * the value to be stored; call {@link InputValidator.throwIfInvalid} before using any of them. `field` is the
 * dotted path into `input`, for example `venue.city`.
 */
export class InputValidator {
  readonly #errors: UserError[] = []

  /** Adds an error; those after the first 100 are dropped. */
  addError(code: UserErrorCode, field: string, message: string): void {
    if (this.#errors.length < maxErrors) this.#errors.push({ code, message, field: field.split('.') })
  }

  /** @throws MutationRejectedError when there are errors */
  throwIfInvalid(): void {
    if (this.#errors.length > 0) throw new MutationRejectedError(this.#errors)
  }

  /**
   * Reads a text of `min` to `max` code points, without white space around it. A text of invisible characters counts as
   * empty. The characters and the format of a text that is too long are not checked.
   *
   * @returns at most `max` code points, so that later code never reads an unbounded text
   */
  readText(
    field: string,
    value: string,
    { min = 1, max, format }: { min?: number; max: number; format?: TextFormat },
  ): string {
    return this.#readCharacters(field, unifyLineBreaks(value).trim(), { min, max, format })
  }

  /**
   * Reads a name or a title of one line, of 1 to `max` code points, without white space around it.
   *
   * @returns at most `max` code points
   */
  readLine(field: string, value: string, { max }: { max: number }): string {
    return this.readText(field, value, { max, format: oneLine })
  }

  /**
   * Reads a Markdown text of `min` to `max` code points, without white space at its end and blank lines before
   * it. The indentation of its first line is kept, since it makes a code block.
   *
   * @returns at most `max` code points
   */
  readMarkdown(field: string, value: string, { min = 0, max }: { min?: number; max: number }): string {
    const text = unifyLineBreaks(value)
      .trimEnd()
      .replace(/^(?:[ \t]*\n)+/, '')
    return this.#readCharacters(field, text, { min, max })
  }

  /** Checks the characters of a text that is not too long, then its format or its length. */
  #readCharacters(
    field: string,
    given: string,
    { min, max, format }: { min: number; max: number; format?: TextFormat | undefined },
  ): string {
    if (isLongerThan(given, max)) {
      this.checkLength(field, given, { max })
      return firstCodePoints(given, max)
    }
    const text = isBlank(given) ? '' : given
    const refused = findRefusedCharacter(given)
    if (refused !== undefined) {
      const message = `Must not contain ${refused}: ${refusedCharactersDescription} are not allowed.`
      this.addError('INVALID', field, message)
    } else if (format && text !== '' && !format.matches(text)) {
      this.addError('INVALID', field, format.message)
    } else this.checkLength(field, text, { min, max })
    return text
  }

  /** Checks the length of a text in code points, white space included. */
  checkLength(field: string, value: string, { min = 0, max }: { min?: number; max: number }): void {
    if (isLongerThan(value, max)) this.addError('TOO_LONG', field, `Must have at most ${max} characters.`)
    else if (countCodePoints(value) < min)
      this.addError(
        'TOO_SHORT',
        field,
        min === 1 ? 'Must not be empty.' : `Must have at least ${min} characters.`,
      )
  }

  /** Reads an optional text: null when blank. Returns at most `max` code points. */
  readOptionalText(field: string, value: string | null | undefined, { max }: { max: number }): string | null {
    const trimmed = this.readText(field, value ?? '', { min: 0, max })
    return trimmed === '' ? null : trimmed
  }

  /**
   * Reads an optional http or https address of at most 2,000 code points: null when blank.
   *
   * @returns the address as the URL standard serializes it, for example with its host in lower case and in Punycode
   */
  readOptionalUrl(field: string, value: string | null | undefined): string | null {
    const text = this.readText(field, value ?? '', { min: 0, max: maxUrlLength, format: webAddress })
    if (text === '') return null
    if (isLongerThan((value ?? '').trim(), maxUrlLength) || !webAddress.matches(text)) return text
    const { href } = new URL(text)
    // Escapes can make it longer.
    this.checkLength(field, href, { max: maxUrlLength })
    return href
  }

  /**
   * Reads a list of at most `max` items.
   *
   * @param read converts an item into the stored value; `item` is its field, such as `tags.0`
   * @returns the results of `read`; empty for a list that is too long, whose items are not read
   */
  readList<Given, Read>(
    field: string,
    values: readonly Given[],
    { max }: { max: number },
    read: (value: Given, item: string) => Read,
  ): Read[] {
    if (values.length > max) {
      this.addError('TOO_LONG', field, `Must have at most ${max} items.`)
      return []
    }
    return values.map((value, index) => read(value, `${field}.${index}`))
  }

  /** Reads a number between `min` and `max`, inclusive. */
  readNumber(field: string, value: number, min: number, max: number): number {
    if (!(value >= min && value <= max))
      this.addError('OUT_OF_RANGE', field, `Must be between ${min} and ${max}.`)
    return value
  }

  /**
   * Reads a non-null field of an update: undefined leaves it unchanged, null is the error REQUIRED.
   *
   * @returns the result of `read`; undefined when the field does not change
   */
  readChange<Given, Read>(
    field: string,
    value: Given | null | undefined,
    read: (value: Given) => Read,
  ): Read | undefined {
    if (value === undefined) return undefined
    if (value === null) {
      this.addError('REQUIRED', field, 'Must not be empty.')
      return undefined
    }
    return read(value)
  }
}

/** In code points. */
export const maxUrlLength = 2000

const oneLine: TextFormat = {
  matches: isOneLine,
  message: 'Must not contain tabs or line breaks.',
}

const webAddress: TextFormat = {
  matches: (text) => /^https?:\/\/\S+$/i.test(text) && URL.canParse(text),
  message: 'Must be a web address that begins with http:// or https://.',
}
