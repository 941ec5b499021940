import { EntityRegistry } from './entities'
import { ResponseBody, type ResponseSlot, type RopePart, type Rope } from './rope'
import { JsonScanner } from './jsonScanner'

const noEntities = new EntityRegistry()
const noBody = new ResponseBody(Buffer.alloc(0))

/**
 * Reads one answer after the other, and says what of each is shown: spans of its text, with holes between them. Spans
 * that follow one another in the answer, too, become one.
 *
 * Whoever reads an object may keep something on the stacks until its end, and leaves them as they were.
 */
export class ResponseReader extends JsonScanner {
  /** Values of the objects that are being read, as JSON text. */
  readonly captured: string[] = []
  /** Where these objects have holes: see `leave`. */
  readonly slotIndexes: number[] = []
  /** What is shown of them later. */
  readonly stored: (string | Rope)[] = []
  entities = noEntities
  #body = noBody
  #parts: RopePart[] = []
  /** The span that has not become a piece yet. */
  #from = -1
  #to = -1

  /** @param entities what of the answer is asked of other subgraphs @param whole see `Scanner.scan` */
  open(bytes: Buffer, whole: boolean, entities: EntityRegistry): void {
    this.scan(bytes, whole)
    this.entities = entities
    this.#body = new ResponseBody(this.bytes)
  }

  /** Keeps nothing of the answer, whatever has come of it. */
  close(): void {
    // Whoever has not come to an end has left something on the stacks; to empty what is empty takes its time, too.
    for (const stack of [this.captured, this.slotIndexes, this.stored]) if (stack.length > 0) stack.length = 0
    this.#parts = []
    this.#from = this.#to = -1
    this.entities = noEntities
    this.#body = noBody
    this.forget()
  }

  /** To be called between two items of a list, when no place in the text is remembered. */
  moveWindowIfNeeded(): void {
    if (!this.canMoveWindow) return
    this.#flush()
    this.moveWindow()
  }

  /** Shows a span of the answer. */
  appendSpan(from: number, to: number): void {
    if (from !== this.#to) {
      this.#flush()
      this.#from = from
    }
    this.#to = to
  }

  /** Shows text that does not stand in the answer. */
  appendText(text: string): void {
    this.#flush()
    this.#parts.push(text)
  }

  /** Leaves a place for what `fill` will say. */
  reserveSlot(): void {
    this.#flush()
    this.slotIndexes.push(this.#parts.push('') - 1)
  }

  fillSlot(place: number, hole: ResponseSlot): void {
    this.#parts[place] = hole
  }

  /** Shows what was kept apart. */
  appendStored(kept: string | Rope): void {
    if (typeof kept === 'string') return this.appendText(kept)
    this.#flush()
    for (const part of kept.parts) this.#parts.push(part)
  }

  /** What is shown from now on is kept apart, until `end` is given what this returns. */
  beginRope(): RopePart[] {
    this.#flush()
    const around = this.#parts
    this.#parts = []
    return around
  }

  /** @returns what has been shown since `begin` */
  endRope(around: RopePart[]): string | Rope {
    const isSpan = this.#parts.length === 0
    const text = isSpan && this.#to > this.#from ? this.text.slice(this.#from, this.#to) : ''
    if (isSpan) this.#from = this.#to = -1
    else this.#flush()
    const parts = this.#parts
    this.#parts = around
    return isSpan ? text : { body: this.#body, parts }
  }

  #flush(): void {
    if (this.#to > this.#from) this.#parts.push(this.windowStart + this.#from, this.windowStart + this.#to)
    this.#from = this.#to = -1
  }
}
