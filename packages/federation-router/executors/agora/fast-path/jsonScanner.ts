import { shapeMismatch } from './shapeMismatch'

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
export class JsonScanner {
  /** The part of the body that is looked at. */
  text = ''
  /** Where in the text the next token begins. */
  position = 0
  /** The first backslash from where `at` was when it was looked for. */
  #escape = 0
  /** The body. */
  bytes: Buffer = noBytes
  /** Where the text begins in it. */
  windowStart = 0
  /** From where the window may be moved. */
  #movable = Infinity

  /** @param whole whether to look at all of a long body at once: a single item of a list may be longer than the window */
  protected scan(bytes: Buffer, whole: boolean): void {
    this.bytes = withoutSpaceBehind(bytes)
    this.#look(0, whole ? bytes.length : windowLength)
  }

  #look(from: number, length: number): void {
    this.windowStart = from
    this.text = this.bytes.toString('latin1', from, from + length)
    // Within strings JSON has none of them, and between tokens this has none either.
    if (controlCharacter.test(this.text)) throw shapeMismatch
    this.position = 0
    this.#escape = this.#find('\\', 0)
    this.#movable = this.hasMoreBytes ? length - reserve : Infinity
  }

  /** Whether something of the body comes after the window. */
  get hasMoreBytes(): boolean {
    return this.windowStart + this.text.length < this.bytes.length
  }

  get canMoveWindow(): boolean {
    return this.position > this.#movable
  }

  /** Moves the window to begin with the next token. */
  moveWindow(): void {
    this.#look(this.windowStart + this.position, windowLength)
  }

  #find(character: string, from: number): number {
    const found = this.text.indexOf(character, from)
    return found === -1 ? Infinity : found
  }

  peek(): number {
    return this.text.charCodeAt(this.position)
  }

  expect(literal: string): void {
    if (!this.text.startsWith(literal, this.position)) throw shapeMismatch
    this.position += literal.length
  }

  /** Passes over one character if it comes. */
  accept(code: number): boolean {
    if (this.text.charCodeAt(this.position) !== code) return false
    this.position++
    return true
  }

  skipString(): void {
    const { text } = this
    if (text.charCodeAt(this.position) !== quoteMark) throw shapeMismatch
    let from = this.position + 1
    for (;;) {
      const end = text.indexOf('"', from)
      if (end === -1) throw shapeMismatch
      if (this.#escape < from) this.#escape = this.#find('\\', from)
      if (end < this.#escape) {
        this.position = end + 1
        return
      }
      from = this.#afterEscape(this.#escape + 1)
    }
  }

  #afterEscape(at: number): number {
    const code = this.text[at] ?? ''
    if (code === 'u') {
      hexadecimal.lastIndex = at + 1
      if (!hexadecimal.test(this.text)) throw shapeMismatch
      return at + 5
    }
    if (code === '' || !'"\\/bfnrt'.includes(code)) throw shapeMismatch
    return at + 1
  }

  skipNumber(): void {
    float.lastIndex = this.position
    const [digits] = float.exec(this.text) ?? []
    if (digits === undefined || !Number.isFinite(Number(digits))) throw shapeMismatch
    this.position += digits.length
  }

  /** A whole number of 32 bits, as GraphQL's Int is, without fraction and exponent. */
  skipInteger(): void {
    const start = this.position
    this.skipNumber()
    const digits = this.text.slice(start, this.position)
    const value = Number(digits)
    if ((value | 0) !== value || String(value) !== digits) throw shapeMismatch
  }

  skipBoolean(): void {
    this.expect(this.peek() === 116 ? 'true' : 'false')
  }

  /** Any value. */
  skipValue(depth = 0): void {
    if (depth > maxDepth) throw shapeMismatch
    const first = this.text[this.position]
    switch (first) {
      case '"':
        return this.skipString()
      case '{':
      case '[':
        return this.#members(first === '{', depth)
      case 'n':
        return this.expect('null')
      case 't':
      case 'f':
        return this.skipBoolean()
      default:
        return this.skipNumber()
    }
  }

  #members(isObject: boolean, depth: number): void {
    const close = isObject ? 125 : 93
    this.position++
    if (this.accept(close)) return
    do {
      if (isObject) {
        this.skipString()
        this.expect(':')
      }
      this.skipValue(depth + 1)
    } while (this.accept(44))
    if (!this.accept(close)) throw shapeMismatch
  }

  /** Nothing may follow. */
  expectEnd(): void {
    if (this.hasMoreBytes || this.position !== this.text.length) throw shapeMismatch
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
