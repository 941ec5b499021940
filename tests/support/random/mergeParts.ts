import { isObject, type JsonObject } from '../../../packages/platform'

type Path = (string | number)[]

interface FormattedError {
  path?: Path
  message: string
}

/** A part of a response, in either format. */
interface Part {
  data?: unknown
  errors?: FormattedError[]
  pending?: { id: string; path: Path; label?: string }[]
  incremental?: { id?: string; path?: Path; label?: string; data: unknown; errors?: FormattedError[] }[]
  completed?: { id: string; errors?: FormattedError[] }[]
  hasNext: boolean
}

export interface MergedResponse {
  data: unknown
  errors: FormattedError[]
  /** The paths of the deferred fragments that are null. */
  failed: Path[]
  parts: Part[]
}

/** Merges the parts of a response as a client does. Throws where they break the rules of their format. */
export function mergeParts(texts: readonly string[]): MergedResponse {
  const parts = texts.map((text) => JSON.parse(text) as Part)
  const merged: MergedResponse = { data: null, errors: [], failed: [], parts }
  const pending = new Map<string, Path>()
  parts.forEach((part, index) => {
    if (part.hasNext !== index < parts.length - 1) throw new Error('hasNext is wrong')
    if (index === 0) merged.data = part.data
    merged.errors.push(...(part.errors ?? []))
    // A part may announce fragments within those that it delivers.
    for (const { id, path } of part.pending ?? []) {
      if (pending.has(id)) throw new Error(`${id} is announced twice`)
      pending.set(id, path)
    }
    for (const { id, path = pending.get(id ?? ''), data, errors = [] } of part.incremental ?? []) {
      if (!path) throw new Error(`${id} was not announced`)
      const target = path.reduce<unknown>((value, key) => (value as JsonObject)[key], merged.data)
      if (!isObject(target)) throw new Error(`There is no object at ${path.join('.')}`)
      merged.errors.push(...errors)
      if (data !== null) mergeInto(target, data as JsonObject)
      else if (errors.length > 0) merged.failed.push(path)
      else throw new Error(`The fragment at ${path.join('.')} is null without an error`)
    }
    for (const { id, errors } of part.completed ?? []) {
      const path = pending.get(id)
      if (!path) throw new Error(`${id} was not announced`)
      pending.delete(id)
      if (!errors) continue
      merged.errors.push(...errors)
      merged.failed.push(path)
    }
  })
  if (pending.size > 0) throw new Error(`${[...pending.keys()].join()} never completed`)
  return merged
}

function mergeInto(target: JsonObject, source: JsonObject): void {
  for (const [key, value] of Object.entries(source)) {
    const known = Object.hasOwn(target, key) ? target[key] : undefined
    Object.defineProperty(target, key, {
      value: merge(known, value),
      ...{ enumerable: true, configurable: true, writable: true },
    })
  }
}

function merge(known: unknown, value: unknown): unknown {
  if (Array.isArray(known) && Array.isArray(value)) return value.map((item, at) => merge(known[at], item))
  if (!isObject(known) || !isObject(value)) return value
  mergeInto(known, value)
  return known
}
