import { quote } from '../json'
import { misfit } from './misfit'
import type { AnswerField } from '../selection'
import type { Entities, Entity } from './entities'
import type { Reading } from './reading'
import type { Read } from './values'

/** A part of what is shown of an object. */
export type Output =
  /** Known without an answer: `"__typename":"User"`. */
  | { kind: 'text'; text: string }
  /** Stands in the answer that is read. */
  | ShownField
  /** Comes from another fetch. Holes are counted in the order in which they stand. */
  | { kind: 'hole' }

export interface ShownField {
  kind: 'field'
  /** Its key in the answer. */
  source: string
  /** The client's key, as it stands before the value: `"name":`. */
  head: string
  read: Read
  /** Whether `read` only passes over the value, and does not show it. */
  isLeaf: boolean
}

/** Another fetch that asks for more of an object. */
export interface Registration {
  /** Its entity, by what was captured of the object, which stands in the list from `base`. */
  enter(entities: Entities, captured: readonly string[], base: number): Entity
  /** For each of the entity's holes, which of the object's it is. */
  holes: readonly number[]
}

/** What a subgraph says of an object. */
export interface Answered {
  typeName: string
  /** In the order of the answer. */
  fields: readonly AnswerField[]
  /** The keys of those that are captured. */
  captures: ReadonlySet<string>
}

type Step = (reading: Reading) => void

/** Steps through the fields of an object, after which `tail` ends it. */
interface Steps {
  steps: readonly Step[]
  tail: string
}

/** Reads an object with its braces, and shows what is asked of it in the order of the outputs. */
export function compileObject(
  answered: Answered,
  outputs: readonly Output[],
  registrations: readonly Registration[],
): Read {
  const { steps, tail } = compileOutputs(answered, outputs)
  const readFields: Read = (reading) => {
    reading.show(reading.at, reading.at + 1)
    for (const step of steps) step(reading)
    reading.expect(tail)
  }
  if (registrations.length === 0) {
    return (reading) => {
      readFields(reading)
      reading.show(reading.at - 1, reading.at)
    }
  }
  return (reading) => {
    const { captured, places, entities } = reading
    const firstCaptured = captured.length
    const firstPlace = places.length
    readFields(reading)
    for (const { enter, holes } of registrations) {
      const entity = enter(entities, captured, firstCaptured)
      for (let index = 0; index < holes.length; index++)
        reading.fill(places[firstPlace + (holes[index] ?? 0)] ?? fail(), entity.hole(index))
    }
    captured.length = firstCaptured
    places.length = firstPlace
    reading.show(reading.at - 1, reading.at)
  }
}

/** Reads what a subgraph says of an entity. Each part of it fills a hole. */
export function compileParts(
  answered: Answered,
  parts: readonly (readonly Output[])[],
): (reading: Reading, entity: Entity) => void {
  const [part = [], ...others] = parts
  if (others.length === 0) {
    const { steps, tail } = compileOutputs(answered, part)
    return (reading, entity) => {
      const around = reading.begin()
      for (const step of steps) step(reading)
      entity.text = reading.end(around)
      reading.expect(tail)
    }
  }
  const { steps, tail, indexes } = compileStoring(answered, parts.flat())
  const writers = parts.map((each) => compileWriting(each, indexes))
  return (reading, entity) => {
    const base = reading.kept.length
    for (const step of steps) step(reading)
    for (const [index, write] of writers.entries()) {
      const around = reading.begin()
      write(reading, base)
      entity.hole(index).text = reading.end(around)
    }
    reading.kept.length = base
    reading.expect(tail)
  }
}

function compileOutputs(answered: Answered, outputs: readonly Output[]): Steps {
  const shown = outputs.flatMap((each) => (each.kind === 'field' ? [each.source] : []))
  const inAnswer = answered.fields.flatMap(({ source }) => (shown.includes(source) ? [source] : []))
  if (inAnswer.join() === shown.join()) return compileInOrder(answered, outputs)
  const { steps, tail, indexes } = compileStoring(answered, outputs)
  const write = compileWriting(outputs, indexes)
  const readAll: Step = (reading) => {
    const base = reading.kept.length
    for (const step of steps) step(reading)
    write(reading, base)
    reading.kept.length = base
  }
  return { steps: [readAll], tail }
}

/** Shows what is asked while it is read. */
function compileInOrder(answered: Answered, outputs: readonly Output[]): Steps {
  let next = 0
  const { steps, tail } = compileFields(answered, outputs, (field, { literal, isFirst, capture }) => {
    const index = outputs.indexOf(field)
    const before = outputs.slice(next, index).map((output, at) => compileOutput(output, next + at > 0))
    next = index + 1
    const { read, isLeaf, head, source } = field
    const isRenamed = head !== `${quote(source)}:`
    const follows = index > 0
    const prefix = isRenamed ? (follows ? `,${head}` : head) : follows && isFirst ? ',' : ''
    const reach = isRenamed ? 0 : head.length + (follows && !isFirst ? 1 : 0)
    return (reading) => {
      reading.expect(literal)
      const from = reading.at - reach
      for (const each of before) each(reading)
      if (prefix !== '') reading.write(prefix)
      const start = reading.at
      if (isLeaf) {
        read(reading)
        reading.show(from, reading.at)
      } else {
        reading.show(from, start)
        read(reading)
      }
      if (capture) reading.captured.push(reading.text.slice(start, reading.at))
    }
  })
  const after = outputs.slice(next).map((output, at) => compileOutput(output, next + at > 0))
  return { steps: [...steps, ...after], tail }
}

function compileOutput(output: Output, follows: boolean): Step {
  if (output.kind === 'text') {
    const text = follows ? `,${output.text}` : output.text
    return (reading) => reading.write(text)
  }
  return (reading) => {
    if (follows) reading.write(',')
    reading.leave()
  }
}

/** Keeps what is asked, at these indexes from where the stack begins. */
function compileStoring(
  answered: Answered,
  outputs: readonly Output[],
): Steps & { indexes: ReadonlyMap<string, number> } {
  const indexes = new Map<string, number>()
  const { steps, tail } = compileFields(
    answered,
    outputs,
    ({ source, read, isLeaf }, { literal, capture }) => {
      indexes.set(source, indexes.size)
      return (reading) => {
        reading.expect(literal)
        const from = reading.at
        if (isLeaf) {
          read(reading)
          reading.kept.push(reading.text.slice(from, reading.at))
        } else {
          const around = reading.begin()
          read(reading)
          reading.kept.push(reading.end(around))
        }
        if (capture) reading.captured.push(reading.text.slice(from, reading.at))
      }
    },
  )
  return { steps, tail, indexes }
}

/** Shows what was kept. */
function compileWriting(
  outputs: readonly Output[],
  indexes: ReadonlyMap<string, number>,
): (reading: Reading, base: number) => void {
  const writers = outputs.map((output, at): ((reading: Reading, base: number) => void) => {
    if (output.kind !== 'field') return compileOutput(output, at > 0)
    const index = indexes.get(output.source)
    const head = at > 0 ? `,${output.head}` : output.head
    return (reading, base) => {
      const value = index === undefined ? undefined : reading.kept[base + index]
      if (value === undefined) return fail()
      reading.write(head)
      reading.add(value)
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
  { typeName, fields, captures }: Answered,
  outputs: readonly Output[],
  compileShown: (field: ShownField, position: Position) => Step,
): Steps {
  const steps: Step[] = []
  let before = '{'
  for (const [index, { source, name }] of fields.entries()) {
    const literal = `${before}${quote(source)}:`
    before = ','
    if (name === '__typename') {
      before = `${literal}${quote(typeName)},`
      continue
    }
    const capture = captures.has(source)
    const shown = outputs.find((each) => each.kind === 'field' && each.source === source)
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
    const from = reading.at
    reading.value()
    if (capture) reading.captured.push(reading.text.slice(from, reading.at))
  }
}

function fail(): never {
  throw misfit
}
