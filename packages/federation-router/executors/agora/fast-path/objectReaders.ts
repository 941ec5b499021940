import { quoteJson } from '../../../../platform'
import type { ResponseField } from '../../../planning/fieldCollector'
import { failOnShape } from './fallback'
import type { EntityRegistry, EntitySlots, ResponseReader } from './responseReader'
import type { ValueReader } from './valueReaders'

/** A part of an object in the response to the client. */
export type OutputPart =
  /** Known without a fetch: `"__typename":"User"`. */
  | { kind: 'text'; text: string }
  /** A field of the response that is read. */
  | OutputField
  /** Fields of another fetch. Slots are numbered in the order of the parts. */
  | { kind: 'slot' }

interface OutputField {
  kind: 'field'
  /** Its key in the response that is read. */
  plannedKey: string
  /** The client's key as JSON text before the value: `"name":`. */
  jsonKey: string
  read: ValueReader
  /** Whether `read` only skips the value, and does not append it to the rope. */
  isLeaf: boolean
}

/** Another fetch that selects fields of an object. */
export interface EntityRegistration {
  /**
   * Registers the entity of the fetch.
   *
   * @param base the start of the object's values in `captured`
   * @param registered the entities of the registrations before this one
   */
  register(
    entities: EntityRegistry,
    captured: readonly string[],
    base: number,
    registered: readonly EntitySlots[],
  ): EntitySlots
  /** For each slot of the entity, the index of the slot of the object. */
  slots: readonly number[]
}

/** The shape of an object in a response. */
interface ResponseObject {
  typeName: string
  /** In the order of the response. */
  fields: readonly ResponseField[]
  /** The keys of the fields that representations need. */
  captures: ReadonlySet<string>
}

type Step = (reader: ResponseReader) => void

/** The steps through the fields of an object, and the text that ends it. */
interface Steps {
  steps: readonly Step[]
  tail: string
}

/** Compiles the reading of an object, which appends the outputs to the rope in their order. */
export function compileObjectReader(
  shape: ResponseObject,
  outputs: readonly OutputPart[],
  registrations: readonly EntityRegistration[],
): ValueReader {
  const { steps, tail } = compileFieldOutputs(shape, outputs)
  const readFields: ValueReader = (reader) => {
    reader.appendSpan(reader.position, reader.position + 1)
    for (const step of steps) step(reader)
    reader.expect(tail)
  }
  if (registrations.length === 0) {
    return (reader) => {
      readFields(reader)
      reader.appendSpan(reader.position - 1, reader.position)
    }
  }
  return (reader) => {
    const { captured, slotIndexes, entities } = reader
    const firstCaptured = captured.length
    const firstSlot = slotIndexes.length
    readFields(reader)
    const registered: EntitySlots[] = []
    for (const { register, slots } of registrations) {
      const entity = register(entities, captured, firstCaptured, registered)
      registered.push(entity)
      for (let index = 0; index < slots.length; index++)
        reader.fillSlot(slotIndexes[firstSlot + (slots[index] ?? 0)] ?? failOnShape(), entity.slot(index))
    }
    captured.length = firstCaptured
    slotIndexes.length = firstSlot
    reader.appendSpan(reader.position - 1, reader.position)
  }
}

type ReadEntity = (reader: ResponseReader, entity: EntitySlots) => void

/** Compiles the reading of an entity: each part fills a slot. */
export function compileEntityReader(
  shape: ResponseObject,
  parts: readonly (readonly OutputPart[])[],
): ReadEntity {
  const read = compileSlots(shape, parts)
  if (shape.captures.size === 0) return read
  return (reader, entity) => {
    const { captured } = reader
    const base = captured.length
    read(reader, entity)
    entity.captured = captured.splice(base)
  }
}

function compileSlots(shape: ResponseObject, parts: readonly (readonly OutputPart[])[]): ReadEntity {
  const [part = [], ...others] = parts
  if (others.length === 0) {
    const { steps, tail } = compileFieldOutputs(shape, part)
    return (reader, entity) => {
      const enclosing = reader.beginRope()
      for (const step of steps) step(reader)
      entity.text = reader.endRope(enclosing)
      reader.expect(tail)
    }
  }
  const { steps, tail, indexes } = compileStoring(shape, parts.flat())
  const writers = parts.map((each) => compileStoredOutputs(each, indexes))
  return (reader, entity) => {
    const base = reader.stored.length
    for (const step of steps) step(reader)
    for (const [index, write] of writers.entries()) {
      const enclosing = reader.beginRope()
      write(reader, base)
      entity.slot(index).text = reader.endRope(enclosing)
    }
    reader.stored.length = base
    reader.expect(tail)
  }
}

function compileFieldOutputs(shape: ResponseObject, outputs: readonly OutputPart[]): Steps {
  const outputKeys = outputs.flatMap((each) => (each.kind === 'field' ? [each.plannedKey] : []))
  const readKeys = shape.fields.flatMap(({ plannedKey }) =>
    outputKeys.includes(plannedKey) ? [plannedKey] : [],
  )
  if (readKeys.join() === outputKeys.join()) return compileInOrder(shape, outputs)
  const { steps, tail, indexes } = compileStoring(shape, outputs)
  const write = compileStoredOutputs(outputs, indexes)
  const readAll: Step = (reader) => {
    const base = reader.stored.length
    for (const step of steps) step(reader)
    write(reader, base)
    reader.stored.length = base
  }
  return { steps: [readAll], tail }
}

/** For outputs in the order of the response: appends while reading. */
function compileInOrder(shape: ResponseObject, outputs: readonly OutputPart[]): Steps {
  let next = 0
  const { steps, tail } = compileFields(shape, outputs, (field, { literal, isFirst, capture }) => {
    const index = outputs.indexOf(field)
    const before = outputs.slice(next, index).map((output, at) => compileKnownOutput(output, next + at > 0))
    next = index + 1
    const { read, isLeaf, jsonKey, plannedKey } = field
    const isRenamed = jsonKey !== `${quoteJson(plannedKey)}:`
    const needsComma = index > 0
    const prefix = isRenamed ? (needsComma ? `,${jsonKey}` : jsonKey) : needsComma && isFirst ? ',' : ''
    // A key that is not renamed is part of the span, with the comma before it.
    const keyLength = isRenamed ? 0 : jsonKey.length + (needsComma && !isFirst ? 1 : 0)
    return (reader) => {
      reader.expect(literal)
      const from = reader.position - keyLength
      for (const each of before) each(reader)
      if (prefix !== '') reader.appendText(prefix)
      const start = reader.position
      if (isLeaf) {
        read(reader)
        reader.appendSpan(from, reader.position)
      } else {
        reader.appendSpan(from, start)
        read(reader)
      }
      if (capture) reader.captured.push(reader.text.slice(start, reader.position))
    }
  })
  const after = outputs.slice(next).map((output, at) => compileKnownOutput(output, next + at > 0))
  return { steps: [...steps, ...after], tail }
}

function compileKnownOutput(output: OutputPart, needsComma: boolean): Step {
  if (output.kind === 'text') {
    const text = needsComma ? `,${output.text}` : output.text
    return (reader) => reader.appendText(text)
  }
  return (reader) => {
    if (needsComma) reader.appendText(',')
    reader.reserveSlot()
  }
}

/** For outputs in another order: stores the values. `indexes` are relative to the top of the stack before the object. */
function compileStoring(
  shape: ResponseObject,
  outputs: readonly OutputPart[],
): Steps & { indexes: ReadonlyMap<string, number> } {
  const indexes = new Map<string, number>()
  const { steps, tail } = compileFields(
    shape,
    outputs,
    ({ plannedKey, read, isLeaf }, { literal, capture }) => {
      indexes.set(plannedKey, indexes.size)
      return (reader) => {
        reader.expect(literal)
        const from = reader.position
        if (isLeaf) {
          read(reader)
          reader.stored.push(reader.text.slice(from, reader.position))
        } else {
          const enclosing = reader.beginRope()
          read(reader)
          reader.stored.push(reader.endRope(enclosing))
        }
        if (capture) reader.captured.push(reader.text.slice(from, reader.position))
      }
    },
  )
  return { steps, tail, indexes }
}

/** Compiles the appending of stored values. */
function compileStoredOutputs(
  outputs: readonly OutputPart[],
  indexes: ReadonlyMap<string, number>,
): (reader: ResponseReader, base: number) => void {
  const writers = outputs.map((output, at): ((reader: ResponseReader, base: number) => void) => {
    if (output.kind !== 'field') return compileKnownOutput(output, at > 0)
    const index = indexes.get(output.plannedKey)
    const head = at > 0 ? `,${output.jsonKey}` : output.jsonKey
    return (reader, base) => {
      const value = index === undefined ? undefined : reader.stored[base + index]
      if (value === undefined) return failOnShape()
      reader.appendText(head)
      reader.appendStored(value)
    }
  })
  return (reader, base) => {
    for (const write of writers) write(reader, base)
  }
}

interface FieldPosition {
  /** The expected text before the value. */
  literal: string
  isFirst: boolean
  capture: boolean
}

/** Compiles a step for each field whose value is not known in advance. */
function compileFields(
  { typeName, fields, captures }: ResponseObject,
  outputs: readonly OutputPart[],
  compileOutput: (field: OutputField, position: FieldPosition) => Step,
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
    const output = outputs.find((each) => each.kind === 'field' && each.plannedKey === plannedKey)
    if (output?.kind === 'field')
      steps.push(compileOutput(output, { literal, isFirst: index === 0, capture }))
    else steps.push(compileSkippedField(literal, capture))
  }
  // The pending comma becomes a brace.
  const tail = before === '{' ? '{}' : `${before.slice(0, -1)}}`
  return { steps, tail }
}

function compileSkippedField(literal: string, capture: boolean): Step {
  return (reader) => {
    reader.expect(literal)
    const from = reader.position
    reader.skipValue()
    if (capture) reader.captured.push(reader.text.slice(from, reader.position))
  }
}
