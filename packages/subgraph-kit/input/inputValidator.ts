import { MutationRejectedError, type UserError, type UserErrorCode } from '../../platform/errors'
import { countCodePoints, firstCodePoints, isLongerThan } from '../../platform/text/text'

const maxErrors = 100

/** The form of a text, besides its length. */
export interface TextFormat {
  matches(text: string): boolean
  message: string
}

/**
 * Collects everything that is wrong with a mutation's input, so that a form can show it all at once. Each reader
 * returns the value as it is to be stored; call {@link InputValidator.throwIfInvalid} before using any of them.
 *
 * Fields are named by their path into `input`, dotted: `venue.city`.
 */
export class InputValidator {
  readonly #errors: UserError[] = []

  /** Adds an error; those after the first 100 are left out. */
  addError(code: UserErrorCode, field: string, message: string): void {
    if (this.#errors.length < maxErrors) this.#errors.push({ code, message, field: field.split('.') })
  }

  /** @throws Refused when anything was wrong */
  throwIfInvalid(): void {
    if (this.#errors.length > 0) throw new MutationRejectedError(this.#errors)
  }

  /**
   * Checks a text of `min` to `max` code points, white space around it removed. The form of one that is too long is not
   * checked.
   *
   * @returns at most `max` code points, so that nothing after this reads an unbounded text
   */
  readText(
    field: string,
    value: string,
    { min = 1, max, form }: { min?: number; max: number; form?: TextFormat },
  ): string {
    const trimmed = value.trim()
    if (form && trimmed !== '' && !isLongerThan(trimmed, max) && !form.matches(trimmed)) {
      this.addError('INVALID', field, form.message)
    } else this.checkLength(field, trimmed, { min, max })
    return firstCodePoints(trimmed, max)
  }

  /**
   * Checks a Markdown text of `min` to `max` code points. White space at its end and blank lines before it are removed; the
   * indentation of its first line stays, which makes a code block.
   *
   * @returns at most `max` code points
   */
  readMarkdown(field: string, value: string, { min = 0, max }: { min?: number; max: number }): string {
    const text = value.trimEnd().replace(/^(?:[ \t]*\r?\n)+/, '')
    this.checkLength(field, text, { min, max })
    return firstCodePoints(text, max)
  }

  /** Checks the length alone, for texts in which white space counts. */
  checkLength(field: string, value: string, { min = 0, max }: { min?: number; max: number }): void {
    if (isLongerThan(value, max)) this.addError('TOO_LONG', field, `Must have at most ${max} characters.`)
    else if (countCodePoints(value) < min)
      this.addError(
        'TOO_SHORT',
        field,
        min === 1 ? 'Must not be empty.' : `Must have at least ${min} characters.`,
      )
  }

  /** Checks a text that may be missing: null or blank is null. Returns at most `max` code points. */
  readOptionalText(field: string, value: string | null | undefined, { max }: { max: number }): string | null {
    const trimmed = this.readText(field, value ?? '', { min: 0, max })
    return trimmed === '' ? null : trimmed
  }

  /** Checks an http or https address of at most 2,000 code points; null or blank is null. */
  readOptionalUrl(field: string, value: string | null | undefined): string | null {
    const text = this.readText(field, value ?? '', { min: 0, max: 2000, form: webAddress })
    return text === '' ? null : text
  }

  /**
   * Checks a list of at most `max` items. One that is longer is not read: no work is done for its items.
   *
   * @param read converts an item into the stored value; `item` is its field, such as `tags.0`
   * @returns the results of `read`; none for a list that is too long
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

  readNumber(field: string, value: number, min: number, max: number): number {
    if (!(value >= min && value <= max))
      this.addError('OUT_OF_RANGE', field, `Must be between ${min} and ${max}.`)
    return value
  }

  /**
   * A field of an update that cannot be empty: left out it stays as it is, null is REQUIRED.
   *
   * @returns what `read` makes of the value, or undefined where nothing changes
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

const webAddress: TextFormat = {
  matches: (text) => /^https?:\/\/\S+$/i.test(text) && URL.canParse(text),
  message: 'Must be a web address that begins with http:// or https://.',
}
