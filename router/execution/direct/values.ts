import {
  isEnumType,
  isListType,
  isNonNullType,
  isScalarType,
  type GraphQLNullableType,
  type GraphQLOutputType,
} from 'graphql'

import { misfit } from './misfit'
import { quote } from '../json'
import type { Reading } from './reading'

/** Reads one value. */
export type Read = (reading: Reading) => void

const letterN = 110
const comma = 44
const openBracket = 91
const closeBracket = 93

/** Passes over a value that is made of leaves alone, and is as its type says. */
export function compileLeaf(type: GraphQLOutputType): Read {
  return compileNullability(type, compileNullableLeaf, (reading) => reading.expect('null'))
}

function compileNullability(
  type: GraphQLOutputType,
  compile: (type: GraphQLNullableType & GraphQLOutputType) => Read,
  readNull: Read,
): Read {
  if (isNonNullType(type)) return compile(type.ofType)
  const read = compile(type)
  return (reading) => (reading.peek() === letterN ? readNull(reading) : read(reading))
}

function compileNullableLeaf(type: GraphQLOutputType): Read {
  if (isListType(type)) return compileLeafList(compileLeaf(type.ofType))
  if (isEnumType(type)) {
    const texts = new Set(type.getValues().map(({ name }) => quote(name)))
    return (reading) => {
      const start = reading.at
      reading.string()
      if (!texts.has(reading.text.slice(start, reading.at))) throw misfit
    }
  }
  return isScalarType(type) ? scalarOf(type.name) : fail
}

function scalarOf(name: string): Read {
  switch (name) {
    case 'ID':
    case 'String':
      return (reading) => reading.string()
    case 'Int':
      return (reading) => reading.integer()
    case 'Float':
      return (reading) => reading.number()
    case 'Boolean':
      return (reading) => reading.boolean()
    default:
      // The router knows no custom scalar. Where it may be null, a null does not come here.
      return (reading) => (reading.peek() === letterN ? fail() : reading.value())
  }
}

function compileLeafList(item: Read): Read {
  return (reading) => {
    if (!reading.accept(openBracket)) throw misfit
    if (reading.accept(closeBracket)) return
    do item(reading)
    while (reading.accept(comma))
    if (!reading.accept(closeBracket)) throw misfit
  }
}

/**
 * Reads and shows a value of a composite type.
 *
 * @param object reads and shows the objects in it
 */
export function compileComposite(type: GraphQLOutputType, object: Read): Read {
  const compile = (nullable: GraphQLOutputType): Read =>
    isListType(nullable) ? compileCompositeList(compileComposite(nullable.ofType, object)) : object
  return compileNullability(type, compile, (reading) => {
    reading.expect('null')
    reading.show(reading.at - 4, reading.at)
  })
}

function compileCompositeList(item: Read): Read {
  return (reading) => {
    if (!reading.accept(openBracket)) throw misfit
    reading.show(reading.at - 1, reading.at)
    if (reading.peek() !== closeBracket) {
      for (;;) {
        item(reading)
        if (!reading.accept(comma)) break
        reading.show(reading.at - 1, reading.at)
        reading.proceed()
      }
    }
    if (!reading.accept(closeBracket)) throw misfit
    reading.show(reading.at - 1, reading.at)
  }
}

function fail(): never {
  throw misfit
}
