import { quoteJson } from '../../../../platform/json'
import { shapeMismatch } from './shapeMismatch'
import type { ResponseField } from '../../../supergraph/fieldCollector'
import type { EntityRegistry, EntitySlots } from './entities'
import type { ResponseReader } from './responseReader'
import type { ValueReader } from './valueReaders'

/** A part of what is shown of an object. */
export type OutputPart =
  /** Known without an answer: `"__typename":"User"`. */
  | { kind: 'text'; text: string }
  /** Stands in the answer that is read. */
  | OutputField
  /** Comes from another fetch. Holes are counted in the order in which they stand. */
  | { kind: 'hole' }

export interface OutputField {
  kind: 'field'
  /** Its key in the answer. */
  source: string
  /** The client's key, as it stands before the value: `"name":`. */
  head: string
  read: ValueReader
  /** Whether `read` only passes over the value, and does not show it. */
  isLeaf: boolean
}

/** Another fetch that asks for more of an object. */
export interface EntityRegistration {
  /** Its entity, by what was captured of the object, which stands in the list from `base`. */
  register(entities: EntityRegistry, captured: readonly string[], base: number): EntitySlots
  /** For each of the entity's holes, which of the object's it is. */
  holes: readonly number[]
}

/** What a subgraph says of an object. */
export interface ResponseObject {
  typeName: string
  /** In the order of the answer. */
  fields: readonly ResponseField[]
  /** The keys of those that are captured. */
  captures: ReadonlySet<string>
}

type Step = (reading: ResponseReader) => void

/** Steps through the fields of an object, after which `tail` ends it. */
interface Steps {
  steps: readonly Step[]
  tail: string
}

/** Reads an object with its braces, and shows what is asked of it in the order of the outputs. */
export function compileObjectReader(
  answered: ResponseObject,
  outputs: readonly OutputPart[],
  registrations: readonly EntityRegistration[],
): ValueReader {
  const { steps, tail } = compileOutputs(answered, outputs)
  const readFields: ValueReader = (reading) => {
    reading.appendSpan(reading.position, reading.position + 1)
    for (const step of steps) step(reading)
    reading.expect(tail)
  }
  if (registrations.length === 0) {
    return (reading) => {
      readFields(reading)
      reading.appendSpan(reading.position - 1, reading.position)
    }
  }
  return (reading) => {
    const { captured, slotIndexes, entities } = reading
    const firstCaptured = captured.length
    const firstPlace = slotIndexes.length
    readFields(reading)
    for (const { register, holes } of registrations) {
      const entity = register(entities, captured, firstCaptured)
      for (let index = 0; index < holes.length; index++)
        reading.fillSlot(slotIndexes[firstPlace + (holes[index] ?? 0)] ?? fail(), entity.slot(index))
    }
    captured.length = firstCaptured
    slotIndexes.length = firstPlace
    reading.appendSpan(reading.position - 1, reading.position)
  }
}

/** Reads what a subgraph says of an entity. Each part of it fills a hole. */
export function compileEntityReader(
  answered: ResponseObject,
  parts: readonly (readonly OutputPart[])[],
): (reading: ResponseReader, entity: EntitySlots) => void {
  const [part = [], ...others] = parts
  if (others.length === 0) {
    const { steps, tail } = compileOutputs(answered, part)
    return (reading, entity) => {
      const around = reading.beginRope()
      for (const step of steps) step(reading)
      entity.text = reading.endRope(around)
      reading.expect(tail)
    }
  }
  const { steps, tail, indexes } = compileStoring(answered, parts.flat())
  const writers = parts.map((each) => compileWriting(each, indexes))
  return (reading, entity) => {
    const base = reading.stored.length
    for (const step of steps) step(reading)
    for (const [index, write] of writers.entries()) {
      const around = reading.beginRope()
      write(reading, base)
      entity.slot(index).text = reading.endRope(around)
    }
    reading.stored.length = base
    reading.expect(tail)
  }
}

function compileOutputs(answered: ResponseObject, outputs: readonly OutputPart[]): Steps {
  const shown = outputs.flatMap((each) => (each.kind === 'field' ? [each.source] : []))
  const inAnswer = answered.fields.flatMap(({ plannedKey }) =>
    shown.includes(plannedKey) ? [plannedKey] : [],
  )
  if (inAnswer.join() === shown.join()) return compileInOrder(answered, outputs)
  const { steps, tail, indexes } = compileStoring(answered, outputs)
  const write = compileWriting(outputs, indexes)
  const readAll: Step = (reading) => {
    const base = reading.stored.length
    for (const step of steps) step(reading)
    write(reading, base)
    reading.stored.length = base
  }
  return { steps: [readAll], tail }
}

/** Shows what is asked while it is read. */
function compileInOrder(answered: ResponseObject, outputs: readonly OutputPart[]): Steps {
  let next = 0
  const { steps, tail } = compileFields(answered, outputs, (field, { literal, isFirst, capture }) => {
    const index = outputs.indexOf(field)
    const before = outputs.slice(next, index).map((output, at) => compileOutput(output, next + at > 0))
    next = index + 1
    const { read, isLeaf, head, source } = field
    const isRenamed = head !== `${quoteJson(source)}:`
    const follows = index > 0
    const prefix = isRenamed ? (follows ? `,${head}` : head) : follows && isFirst ? ',' : ''
    const reach = isRenamed ? 0 : head.length + (follows && !isFirst ? 1 : 0)
    return (reading) => {
      reading.expect(literal)
      const from = reading.position - reach
      for (const each of before) each(reading)
      if (prefix !== '') reading.appendText(prefix)
      const start = reading.position
      if (isLeaf) {
        read(reading)
        reading.appendSpan(from, reading.position)
      } else {
        reading.appendSpan(from, start)
        read(reading)
      }
      if (capture) reading.captured.push(reading.text.slice(start, reading.position))
    }
  })
  const after = outputs.slice(next).map((output, at) => compileOutput(output, next + at > 0))
  return { steps: [...steps, ...after], tail }
}

function compileOutput(output: OutputPart, follows: boolean): Step {
  if (output.kind === 'text') {
    const text = follows ? `,${output.text}` : output.text
    return (reading) => reading.appendText(text)
  }
  return (reading) => {
    if (follows) reading.appendText(',')
    reading.reserveSlot()
  }
}

/** Keeps what is asked, at these indexes from where the stack begins. */
function compileStoring(
  answered: ResponseObject,
  outputs: readonly OutputPart[],
): Steps & { indexes: ReadonlyMap<string, number> } {
  const indexes = new Map<string, number>()
  const { steps, tail } = compileFields(
    answered,
    outputs,
    ({ source, read, isLeaf }, { literal, capture }) => {
      indexes.set(source, indexes.size)
      return (reading) => {
        reading.expect(literal)
        const from = reading.position
        if (isLeaf) {
          read(reading)
          reading.stored.push(reading.text.slice(from, reading.position))
        } else {
          const around = reading.beginRope()
          read(reading)
          reading.stored.push(reading.endRope(around))
        }
        if (capture) reading.captured.push(reading.text.slice(from, reading.position))
      }
    },
  )
  return { steps, tail, indexes }
}

/** Shows what was kept. */
function compileWriting(
  outputs: readonly OutputPart[],
  indexes: ReadonlyMap<string, number>,
): (reading: ResponseReader, base: number) => void {
  const writers = outputs.map((output, at): ((reading: ResponseReader, base: number) => void) => {
    if (output.kind !== 'field') return compileOutput(output, at > 0)
    const index = indexes.get(output.source)
    const head = at > 0 ? `,${output.head}` : output.head
    return (reading, base) => {
      const value = index === undefined ? undefined : reading.stored[base + index]
      if (value === undefined) return fail()
      reading.appendText(head)
      reading.appendStored(value)
    }
  })
  return (reading, base) => {
    for (const write of writers) write(reading, base)
  }
}

interface Position {
  /** What comes before the value. */
  literal: string
  isFirst: boolean
  capture: boolean
}

/** A step for each field whose value is not known beforehand. */
function compileFields(
  { typeName, fields, captures }: ResponseObject,
  outputs: readonly OutputPart[],
  compileShown: (field: OutputField, position: Position) => Step,
): Steps {
  const steps: Step[] = []
  let before = '{'
  for (const [index, { plannedKey, name }] of fields.entries()) {
    const literal = `${before}${quoteJson(plannedKey)}:`
    before = ','
    if (name === '__typename') {
      before = `${literal}${quoteJson(typeName)},`
      continue
    }
    const capture = captures.has(plannedKey)
    const shown = outputs.find((each) => each.kind === 'field' && each.source === plannedKey)
    if (shown?.kind === 'field') steps.push(compileShown(shown, { literal, isFirst: index === 0, capture }))
    else steps.push(compileUnshown(literal, capture))
  }
  // A comma that nothing follows.
  const tail = before === '{' ? '{}' : `${before.slice(0, -1)}}`
  return { steps, tail }
}

function compileUnshown(literal: string, capture: boolean): Step {
  return (reading) => {
    reading.expect(literal)
    const from = reading.position
    reading.skipValue()
    if (capture) reading.captured.push(reading.text.slice(from, reading.position))
  }
}

function fail(): never {
  throw shapeMismatch
}
