import { Entities } from './entities'
import { Body, type Hole, type Part, type Pieces } from './pieces'
import { Scanner } from './scanner'

const noEntities = new Entities()
const noBody = new Body(Buffer.alloc(0))

/**
 * Reads one answer after the other, and says what of each is shown: spans of its text, with holes between them. Spans
 * that follow one another in the answer, too, become one.
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
  entities = noEntities
  #body = noBody
  #parts: Part[] = []
  /** The span that has not become a piece yet. */
  #from = -1
  #to = -1

  /** @param entities what of the answer is asked of other subgraphs @param whole see `Scanner.scan` */
  open(bytes: Buffer, whole: boolean, entities: Entities): void {
    this.scan(bytes, whole)
    this.entities = entities
    this.#body = new Body(this.bytes)
  }

  /** Keeps nothing of the answer, whatever has come of it. */
  close(): void {
    // Whoever has not come to an end has left something on the stacks; to empty what is empty takes its time, too.
    for (const stack of [this.captured, this.places, this.kept]) if (stack.length > 0) stack.length = 0
    this.#parts = []
    this.#from = this.#to = -1
    this.entities = noEntities
    this.#body = noBody
    this.forget()
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
    return isSpan ? text : { body: this.#body, parts }
  }

  #flush(): void {
    if (this.#to > this.#from) this.#parts.push(this.start + this.#from, this.start + this.#to)
    this.#from = this.#to = -1
  }
}
