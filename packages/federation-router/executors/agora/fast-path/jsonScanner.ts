import { failOnShape } from './fallback'

const noBytes = Buffer.alloc(0)
const quoteMark = 34
const controlCharacter = /[\u0000-\u001f]/
const float = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const hexadecimal = /[0-9a-fA-F]{4}/y

/** The maximum nesting of a value of a custom scalar. */
const maxDepth = 100

/**
 * V8 allocates a string of more than 128 KiB on pages of its own, which takes a hundred times as long as copying the text.
 * Therefore a longer body is decoded in windows. A window is moved while at least the reserve is left of it.
 */
export const windowLength = 120_000
const reserve = 40_000

/**
 * Scans JSON text (RFC 8259) without white space between its tokens. The text has one character for each byte of the body: the
 * tokens of JSON are ASCII, and the contents of strings are only skipped.
 *
 * Throws `shapeMismatch` for anything but the expected token; never skips text that is not JSON.
 */
export class JsonScanner {
  /** The current window of the body. */
  text = ''
  /** The start of the next token in the text. */
  position = 0
  /** The position of the first backslash that had not been passed when it was searched. */
  #escape = 0
  bytes: Buffer = noBytes
  /** The start of the window in the body. */
  windowStart = 0
  /** The position after which the window may be moved. */
  #movableAfter = Infinity

  /**
   * @param body text is valid JSON, with one character for each byte
   * @param isWhole whether to decode a long body at once, since an item of a list may be longer than the window
   */
  protected scan(body: Buffer | string, isWhole: boolean): void {
    if (typeof body === 'string') return this.#scanText(body)
    this.bytes = withoutTrailingSpace(body)
    this.#decode(0, isWhole ? body.length : windowLength)
  }

  #scanText(text: string): void {
    this.windowStart = 0
    this.text = text
    this.#start(Infinity)
  }

  #start(movableAfter: number): void {
    this.position = 0
    this.#escape = this.#find('\\', 0)
    this.#movableAfter = movableAfter
  }

  #decode(from: number, length: number): void {
    this.windowStart = from
    this.text = this.bytes.toString('latin1', from, from + length)
    // JSON has none within strings, and this scanner accepts none between tokens.
    if (controlCharacter.test(this.text)) failOnShape()
    this.#start(this.hasMoreBytes ? length - reserve : Infinity)
  }

  /** Whether the body continues after the window. */
  get hasMoreBytes(): boolean {
    return this.windowStart + this.text.length < this.bytes.length
  }

  /** Returns to a position that was passed. Fails when the window was moved since: `windowStart` is that of the position. */
  rewind(position: number, windowStart: number): void {
    if (windowStart !== this.windowStart) failOnShape()
    this.position = position
    // The next string searches from its own start.
    this.#escape = 0
  }

  get canMoveWindow(): boolean {
    return this.position > this.#movableAfter
  }

  /** Moves the window to begin with the next token. */
  moveWindow(): void {
    this.#decode(this.windowStart + this.position, windowLength)
  }

  #find(character: string, from: number): number {
    const found = this.text.indexOf(character, from)
    return found === -1 ? Infinity : found
  }

  peek(): number {
    return this.text.charCodeAt(this.position)
  }

  expect(literal: string): void {
    if (!this.text.startsWith(literal, this.position)) failOnShape()
    this.position += literal.length
  }

  /** Skips one character if it is the next one. */
  accept(code: number): boolean {
    if (this.text.charCodeAt(this.position) !== code) return false
    this.position++
    return true
  }

  skipString(): void {
    const { text } = this
    if (text.charCodeAt(this.position) !== quoteMark) failOnShape()
    let from = this.position + 1
    for (;;) {
      const end = text.indexOf('"', from)
      if (end === -1) failOnShape()
      if (this.#escape < from) this.#escape = this.#find('\\', from)
      if (end < this.#escape) {
        this.position = end + 1
        return
      }
      from = this.#skipEscape(this.#escape + 1)
    }
  }

  #skipEscape(at: number): number {
    const code = this.text[at] ?? ''
    if (code === 'u') {
      hexadecimal.lastIndex = at + 1
      if (!hexadecimal.test(this.text)) failOnShape()
      return at + 5
    }
    if (code === '' || !'"\\/bfnrt'.includes(code)) failOnShape()
    return at + 1
  }

  skipNumber(): void {
    float.lastIndex = this.position
    const [digits] = float.exec(this.text) ?? []
    if (digits === undefined || !Number.isFinite(Number(digits))) failOnShape()
    this.position += digits.length
  }

  /** Skips a GraphQL Int: a signed 32-bit integer without fraction and exponent. */
  skipInteger(): void {
    const start = this.position
    this.skipNumber()
    const digits = this.text.slice(start, this.position)
    const value = Number(digits)
    if ((value | 0) !== value || String(value) !== digits) failOnShape()
  }

  skipBoolean(): void {
    this.expect(this.peek() === 116 ? 'true' : 'false')
  }

  /** Skips any value. */
  skipValue(depth = 0): void {
    if (depth > maxDepth) failOnShape()
    const first = this.text[this.position]
    switch (first) {
      case '"':
        return this.skipString()
      case '{':
      case '[':
        return this.#skipMembers(first === '{', depth)
      case 'n':
        return this.expect('null')
      case 't':
      case 'f':
        return this.skipBoolean()
      default:
        return this.skipNumber()
    }
  }

  #skipMembers(isObject: boolean, depth: number): void {
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
    if (!this.accept(close)) failOnShape()
  }

  /** Requires the end of the body. */
  expectEnd(): void {
    if (this.hasMoreBytes || this.position !== this.text.length) failOnShape()
  }

  protected release(): void {
    this.text = ''
    this.bytes = noBytes
  }
}

/** Apollo Server ends its responses with a line break. */
function withoutTrailingSpace(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > 0 && isSpace(bytes[end - 1])) end--
  return end === bytes.length ? bytes : bytes.subarray(0, end)
}

const isSpace = (code: number | undefined) => code === 10 || code === 32 || code === 13 || code === 9
