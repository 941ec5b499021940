import type { Entities } from './entities'
import type { Hole, Piece } from './pieces'
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
  readonly kept: Kept[] = []
  #pieces: Piece[] = []
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
    this.#pieces = []
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
    this.#pieces.push(text)
  }

  /** Leaves a place for what `fill` will say. */
  leave(): void {
    this.#flush()
    this.places.push(this.#pieces.push('') - 1)
  }

  fill(place: number, hole: Hole): void {
    this.#pieces[place] = hole
  }

  add(pieces: readonly Piece[]): void {
    this.#flush()
    for (const piece of pieces) this.#pieces.push(piece)
  }

  /** What is shown from now on is kept apart, until `end` is given what this returns. */
  begin(): Piece[] {
    this.#flush()
    const around = this.#pieces
    this.#pieces = []
    return around
  }

  /** @returns what has been shown since `begin` */
  end(around: Piece[]): readonly Piece[] {
    this.#flush()
    const own = this.#pieces
    this.#pieces = around
    return own
  }

  #flush(): void {
    if (this.#to > this.#from) this.#pieces.push(this.text.slice(this.#from, this.#to))
    this.#from = this.#to = -1
  }
}

/** A part of an answer that is shown where it is due. */
export type Kept = string | readonly Piece[]
