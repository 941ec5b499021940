import { Refused, type UserError, type UserErrorCode } from './errors'
import { codePoints } from './text'

/**
 * Collects everything that is wrong with a mutation's input, so that a form can show it all at once. Each reader
 * returns the value as it is to be stored; call {@link InputCheck.done} before using any of them.
 *
 * Fields are named by their path into `input`, dotted: `venue.city`.
 */
export class InputCheck {
  readonly #errors: UserError[] = []

  add(code: UserErrorCode, field: string, message: string): void {
    this.#errors.push({ code, message, field: field.split('.') })
  }

  /** @throws Refused when anything was wrong */
  done(): void {
    if (this.#errors.length > 0) throw new Refused(this.#errors)
  }

  /** A text of `min` to `max` code points, white space around it removed. */
  text(field: string, value: string, { min = 1, max }: { min?: number; max: number }): string {
    const trimmed = value.trim()
    this.length(field, trimmed, { min, max })
    return trimmed
  }

  /** The length alone, for texts in which white space counts. */
  length(field: string, value: string, { min = 0, max }: { min?: number; max: number }): void {
    const length = codePoints(value)
    if (length < min)
      this.add('TOO_SHORT', field, min === 1 ? 'Must not be empty.' : `Must have at least ${min} characters.`)
    if (length > max) this.add('TOO_LONG', field, `Must have at most ${max} characters.`)
  }

  /** A text that may be missing: null or blank is null. */
  optionalText(field: string, value: string | null | undefined, { max }: { max: number }): string | null {
    const trimmed = value?.trim() ?? ''
    this.length(field, trimmed, { max })
    return trimmed === '' ? null : trimmed
  }

  /** An http or https address of at most 2,000 code points; null or blank is null. */
  optionalUrl(field: string, value: string | null | undefined): string | null {
    const text = this.optionalText(field, value, { max: 2000 })
    if (text === null) return null
    if (!/^https?:\/\/\S+$/i.test(text) || !URL.canParse(text)) {
      this.add('INVALID', field, 'Must be a web address that begins with http:// or https://.')
    }
    return text
  }

  range(field: string, value: number, min: number, max: number): number {
    if (!(value >= min && value <= max)) this.add('OUT_OF_RANGE', field, `Must be between ${min} and ${max}.`)
    return value
  }

  /**
   * A field of an update that cannot be empty: left out it stays as it is, null is REQUIRED.
   *
   * @returns what `read` makes of the value, or undefined where nothing changes
   */
  change<Given, Read>(
    field: string,
    value: Given | null | undefined,
    read: (value: Given) => Read,
  ): Read | undefined {
    if (value === undefined) return undefined
    if (value === null) {
      this.add('REQUIRED', field, 'Must not be empty.')
      return undefined
    }
    return read(value)
  }
}
