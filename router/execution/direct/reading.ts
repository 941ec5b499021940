import type { Entities } from './entities'
import type { Hole, Part, Pieces } from './pieces'
import { Scanner } from './scanner'

/**
 * Reads one answer and says what of it is shown: spans of its text, with holes between them. Spans that follow one
 * another in the answer, too, become one.
 *
 * Whoever reads an object may keep something on the stacks until its end, and leaves them as they were.
 */
export class Reading extends Scanner {
  /** Values of the objects that are being read, as JSON text. */
  readonly captured: string[] = []
  /** Where these objects have holes: see `leave`. */
  readonly places: number[] = []
  /** What is shown of them later. */
  readonly kept: (string | Pieces)[] = []
  #parts: Part[] = []
  /** The span that has not become a piece yet. */
  #from = -1
  #to = -1

  constructor(
    /** What of the answer is asked of other subgraphs, by the index of the fetch. */
    readonly entities: readonly Entities[],
  ) {
    super()
  }

  override open(bytes: Buffer, whole: boolean): void {
    this.captured.length = this.places.length = this.kept.length = 0
    this.#parts = []
    this.#from = this.#to = -1
    super.open(bytes, whole)
  }

  /** To be called between two items of a list, when no place in the text is remembered. */
  proceed(): void {
    if (!this.mayMove) return
    this.#flush()
    this.move()
  }

  /** Shows a span of the answer. */
  show(from: number, to: number): void {
    if (from !== this.#to) {
      this.#flush()
      this.#from = from
    }
    this.#to = to
  }

  /** Shows text that does not stand in the answer. */
  write(text: string): void {
    this.#flush()
    this.#parts.push(text)
  }

  /** Leaves a place for what `fill` will say. */
  leave(): void {
    this.#flush()
    this.places.push(this.#parts.push('') - 1)
  }

  fill(place: number, hole: Hole): void {
    this.#parts[place] = hole
  }

  /** Shows what was kept apart. */
  add(kept: string | Pieces): void {
    if (typeof kept === 'string') return this.write(kept)
    this.#flush()
    for (const part of kept.parts) this.#parts.push(part)
  }

  /** What is shown from now on is kept apart, until `end` is given what this returns. */
  begin(): Part[] {
    this.#flush()
    const around = this.#parts
    this.#parts = []
    return around
  }

  /** @returns what has been shown since `begin` */
  end(around: Part[]): string | Pieces {
    const isSpan = this.#parts.length === 0
    const text = isSpan && this.#to > this.#from ? this.text.slice(this.#from, this.#to) : ''
    if (isSpan) this.#from = this.#to = -1
    else this.#flush()
    const parts = this.#parts
    this.#parts = around
    return isSpan ? text : { bytes: this.bytes, parts }
  }

  #flush(): void {
    if (this.#to > this.#from) this.#parts.push(this.start + this.#from, this.start + this.#to)
    this.#from = this.#to = -1
  }
}
