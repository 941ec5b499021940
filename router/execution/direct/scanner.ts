import { misfit } from './misfit'

const noBytes = Buffer.alloc(0)
const quoteMark = 34
const controlCharacter = /[\u0000-\u001f]/
const float = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const hexadecimal = /[0-9a-fA-F]{4}/y

/** How deep a value of a custom scalar may be nested. */
const maxDepth = 100

/**
 * V8 gives a string of more than 128 KiB pages of its own, which costs a hundred times as much as the text's copying. So
 * a longer body is looked at through a window that is moved on while at least the reserve is left of it.
 */
export const windowLength = 120_000
const reserve = 40_000

/**
 * Goes through JSON text (RFC 8259) without white space between its tokens. The text is a body's bytes, one character
 * each: all that JSON is made of is ASCII, and what stands in strings is only passed over.
 *
 * Whatever is not as it was asked for throws `misfit`; nothing that is not JSON is passed over.
 */
export class Scanner {
  /** The part of the body that is looked at. */
  text = ''
  /** Where in the text the next token begins. */
  at = 0
  /** The first backslash from where `at` was when it was looked for. */
  #escape = 0
  /** The body. */
  bytes: Buffer = noBytes
  /** Where the text begins in it. */
  start = 0
  /** From where the window may be moved. */
  #movable = Infinity

  /** @param whole whether to look at all of a long body at once: a single item of a list may be longer than the window */
  protected scan(bytes: Buffer, whole: boolean): void {
    this.bytes = withoutSpaceBehind(bytes)
    this.#look(0, whole ? bytes.length : windowLength)
  }

  #look(from: number, length: number): void {
    this.start = from
    this.text = this.bytes.toString('latin1', from, from + length)
    // Within strings JSON has none of them, and between tokens this has none either.
    if (controlCharacter.test(this.text)) throw misfit
    this.at = 0
    this.#escape = this.#find('\\', 0)
    this.#movable = this.isPart ? length - reserve : Infinity
  }

  /** Whether something of the body comes after the window. */
  get isPart(): boolean {
    return this.start + this.text.length < this.bytes.length
  }

  get mayMove(): boolean {
    return this.at > this.#movable
  }

  /** Moves the window to begin with the next token. */
  move(): void {
    this.#look(this.start + this.at, windowLength)
  }

  #find(character: string, from: number): number {
    const found = this.text.indexOf(character, from)
    return found === -1 ? Infinity : found
  }

  peek(): number {
    return this.text.charCodeAt(this.at)
  }

  expect(literal: string): void {
    if (!this.text.startsWith(literal, this.at)) throw misfit
    this.at += literal.length
  }

  /** Passes over one character if it comes. */
  accept(code: number): boolean {
    if (this.text.charCodeAt(this.at) !== code) return false
    this.at++
    return true
  }

  string(): void {
    const { text } = this
    if (text.charCodeAt(this.at) !== quoteMark) throw misfit
    let from = this.at + 1
    for (;;) {
      const end = text.indexOf('"', from)
      if (end === -1) throw misfit
      if (this.#escape < from) this.#escape = this.#find('\\', from)
      if (end < this.#escape) {
        this.at = end + 1
        return
      }
      from = this.#afterEscape(this.#escape + 1)
    }
  }

  #afterEscape(at: number): number {
    const code = this.text[at] ?? ''
    if (code === 'u') {
      hexadecimal.lastIndex = at + 1
      if (!hexadecimal.test(this.text)) throw misfit
      return at + 5
    }
    if (code === '' || !'"\\/bfnrt'.includes(code)) throw misfit
    return at + 1
  }

  number(): void {
    float.lastIndex = this.at
    const [digits] = float.exec(this.text) ?? []
    if (digits === undefined || !Number.isFinite(Number(digits))) throw misfit
    this.at += digits.length
  }

  /** A whole number of 32 bits, as GraphQL's Int is, without fraction and exponent. */
  integer(): void {
    const start = this.at
    this.number()
    const digits = this.text.slice(start, this.at)
    const value = Number(digits)
    if ((value | 0) !== value || String(value) !== digits) throw misfit
  }

  boolean(): void {
    this.expect(this.peek() === 116 ? 'true' : 'false')
  }

  /** Any value. */
  value(depth = 0): void {
    if (depth > maxDepth) throw misfit
    const first = this.text[this.at]
    switch (first) {
      case '"':
        return this.string()
      case '{':
      case '[':
        return this.#members(first === '{', depth)
      case 'n':
        return this.expect('null')
      case 't':
      case 'f':
        return this.boolean()
      default:
        return this.number()
    }
  }

  #members(isObject: boolean, depth: number): void {
    const close = isObject ? 125 : 93
    this.at++
    if (this.accept(close)) return
    do {
      if (isObject) {
        this.string()
        this.expect(':')
      }
      this.value(depth + 1)
    } while (this.accept(44))
    if (!this.accept(close)) throw misfit
  }

  /** Nothing may follow. */
  finish(): void {
    if (this.isPart || this.at !== this.text.length) throw misfit
  }

  protected forget(): void {
    this.text = ''
    this.bytes = noBytes
  }
}

/** Apollo Server, for one, ends its answers with a line break. */
function withoutSpaceBehind(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > 0 && isSpace(bytes[end - 1])) end--
  return end === bytes.length ? bytes : bytes.subarray(0, end)
}

const isSpace = (code: number | undefined) => code === 10 || code === 32 || code === 13 || code === 9
