import {
  isEnumType,
  isListType,
  isNonNullType,
  isScalarType,
  type GraphQLNullableType,
  type GraphQLOutputType,
} from 'graphql'

import { shapeMismatch } from './shapeMismatch'
import { quoteJson } from '../../../../platform/json'
import type { ResponseReader } from './responseReader'

/** Reads one value. */
export type ValueReader = (reading: ResponseReader) => void

const letterN = 110
const comma = 44
const openBracket = 91
const closeBracket = 93

/** Passes over a value that is made of leaves alone, and is as its type says. */
export function compileLeafReader(type: GraphQLOutputType): ValueReader {
  return compileNullability(type, compileNullableLeaf, (reading) => reading.expect('null'))
}

function compileNullability(
  type: GraphQLOutputType,
  compile: (type: GraphQLNullableType & GraphQLOutputType) => ValueReader,
  readNull: ValueReader,
): ValueReader {
  if (isNonNullType(type)) return compile(type.ofType)
  const read = compile(type)
  return (reading) => (reading.peek() === letterN ? readNull(reading) : read(reading))
}

function compileNullableLeaf(type: GraphQLOutputType): ValueReader {
  if (isListType(type)) return compileLeafList(compileLeafReader(type.ofType))
  if (isEnumType(type)) {
    const texts = new Set(type.getValues().map(({ name }) => quoteJson(name)))
    return (reading) => {
      const start = reading.position
      reading.skipString()
      if (!texts.has(reading.text.slice(start, reading.position))) throw shapeMismatch
    }
  }
  return isScalarType(type) ? scalarOf(type.name) : fail
}

function scalarOf(name: string): ValueReader {
  switch (name) {
    case 'ID':
    case 'String':
      return (reading) => reading.skipString()
    case 'Int':
      return (reading) => reading.skipInteger()
    case 'Float':
      return (reading) => reading.skipNumber()
    case 'Boolean':
      return (reading) => reading.skipBoolean()
    default:
      // The router knows no custom scalar. Where it may be null, a null does not come here.
      return (reading) => (reading.peek() === letterN ? fail() : reading.skipValue())
  }
}

function compileLeafList(item: ValueReader): ValueReader {
  return (reading) => {
    if (!reading.accept(openBracket)) throw shapeMismatch
    if (reading.accept(closeBracket)) return
    do item(reading)
    while (reading.accept(comma))
    if (!reading.accept(closeBracket)) throw shapeMismatch
  }
}

/**
 * Reads and shows a value of a composite type.
 *
 * @param object reads and shows the objects in it
 */
export function compileCompositeReader(type: GraphQLOutputType, object: ValueReader): ValueReader {
  const compile = (nullable: GraphQLOutputType): ValueReader =>
    isListType(nullable) ? compileCompositeList(compileCompositeReader(nullable.ofType, object)) : object
  return compileNullability(type, compile, (reading) => {
    reading.expect('null')
    reading.appendSpan(reading.position - 4, reading.position)
  })
}

function compileCompositeList(item: ValueReader): ValueReader {
  return (reading) => {
    if (!reading.accept(openBracket)) throw shapeMismatch
    reading.appendSpan(reading.position - 1, reading.position)
    if (reading.peek() !== closeBracket) {
      for (;;) {
        item(reading)
        if (!reading.accept(comma)) break
        reading.appendSpan(reading.position - 1, reading.position)
        reading.moveWindowIfNeeded()
      }
    }
    if (!reading.accept(closeBracket)) throw shapeMismatch
    reading.appendSpan(reading.position - 1, reading.position)
  }
}

function fail(): never {
  throw shapeMismatch
}
