import {
  isEnumType,
  isListType,
  isNonNullType,
  isScalarType,
  type GraphQLNullableType,
  type GraphQLOutputType,
} from 'graphql'

import { quoteJson } from '../../../../platform'
import { failOnShape } from './fallback'
import type { ResponseReader } from './responseReader'

/** Reads one value, or throws `shapeMismatch`. */
export type ValueReader = (reader: ResponseReader) => void

const letterN = 110
const comma = 44
const openBracket = 91
const closeBracket = 93

/** Compiles the check of a value that consists of leaves: skips a value of the type. */
export function compileLeafReader(type: GraphQLOutputType): ValueReader {
  return compileNullability(type, compileNullableLeaf, (reader) => reader.expect('null'))
}

/** A null of a non-null type is a shape mismatch: the standard executor alone propagates nulls (see valueCompletion.ts). */
function compileNullability(
  type: GraphQLOutputType,
  compile: (type: GraphQLNullableType & GraphQLOutputType) => ValueReader,
  readNull: ValueReader,
): ValueReader {
  if (isNonNullType(type)) return compile(type.ofType)
  const read = compile(type)
  return (reader) => (reader.peek() === letterN ? readNull(reader) : read(reader))
}

function compileNullableLeaf(type: GraphQLOutputType): ValueReader {
  if (isListType(type)) return compileLeafList(compileLeafReader(type.ofType))
  if (isEnumType(type)) {
    const texts = new Set(type.getValues().map(({ name }) => quoteJson(name)))
    return (reader) => {
      const start = reader.position
      reader.skipString()
      if (!texts.has(reader.text.slice(start, reader.position))) failOnShape()
    }
  }
  return isScalarType(type) ? scalarReader(type.name) : failOnShape
}

function scalarReader(name: string): ValueReader {
  switch (name) {
    case 'ID':
    case 'String':
      return (reader) => reader.skipString()
    case 'Int':
      return (reader) => reader.skipInteger()
    case 'Float':
      return (reader) => reader.skipNumber()
    case 'Boolean':
      return (reader) => reader.skipBoolean()
    default:
      // The router knows no custom scalars. A null only gets here if it is invalid.
      return (reader) => (reader.peek() === letterN ? failOnShape() : reader.skipValue())
  }
}

function compileLeafList(readItem: ValueReader): ValueReader {
  return (reader) => {
    if (!reader.accept(openBracket)) failOnShape()
    if (reader.accept(closeBracket)) return
    do readItem(reader)
    while (reader.accept(comma))
    if (!reader.accept(closeBracket)) failOnShape()
  }
}

/**
 * Compiles the reading of a value of a composite type, which appends it to the rope.
 *
 * @param readObject reads and appends an object
 */
export function compileCompositeReader(type: GraphQLOutputType, readObject: ValueReader): ValueReader {
  const compile = (nullable: GraphQLOutputType): ValueReader =>
    isListType(nullable)
      ? compileCompositeList(compileCompositeReader(nullable.ofType, readObject))
      : readObject
  return compileNullability(type, compile, (reader) => {
    reader.expect('null')
    reader.appendSpan(reader.position - 4, reader.position)
  })
}

function compileCompositeList(readItem: ValueReader): ValueReader {
  return (reader) => {
    if (!reader.accept(openBracket)) failOnShape()
    reader.appendSpan(reader.position - 1, reader.position)
    if (reader.peek() !== closeBracket) {
      for (;;) {
        readItem(reader)
        if (!reader.accept(comma)) break
        reader.appendSpan(reader.position - 1, reader.position)
        reader.moveWindowIfNeeded()
      }
    }
    if (!reader.accept(closeBracket)) failOnShape()
    reader.appendSpan(reader.position - 1, reader.position)
  }
}
