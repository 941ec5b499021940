import type { Connection, Model, PipelineStage, QueryFilter } from 'mongoose'

import { maxBatchSize, readBounds } from '../../platform'
import { firstBatchSize, type Projection } from './database'
import type { KeyValue, Page } from '../pagination'
import { excludeUnselected, readDocuments, requireDb } from './readDocuments'

/** Returns the sort of a page, in the page's direction. */
export function buildPageSort(page: Page): Record<string, 1 | -1> {
  return Object.fromEntries(
    page.order.map(({ field, direction }) => [field, page.backward === (direction === 1) ? -1 : 1]),
  )
}

/**
 * Returns the filters of the rows after a page's start, `(a, b) > (x, y)`, as alternatives: `a > x`, or `a = x and b > y`. Each
 * can use an index on the order's fields. One empty filter for the first page.
 */
function listPageFilters<Document>(page: Page): QueryFilter<Document>[] {
  const from = page.from
  if (from === null) return [{}]
  const sort = buildPageSort(page)
  return page.order.map(({ field }, index) => ({
    ...Object.fromEntries(page.order.slice(0, index).map((step, at) => [step.field, { $eq: from[at] }])),
    [field]: { [sort[field] === 1 ? '$gt' : '$lt']: from[index] },
  })) as QueryFilter<Document>[]
}

/** Returns the same filters as one; empty for the first page. */
export const buildPageFilter = <Document>(page: Page): QueryFilter<Document> =>
  matchAny(listPageFilters<Document>(page))

function matchAny<Document>(filters: readonly QueryFilter<Document>[]): QueryFilter<Document> {
  const [first = {}, ...others] = filters
  return others.length === 0 ? first : ({ $or: filters } as QueryFilter<Document>)
}

interface PageOptions {
  /**
   * Forces an index: of several with the same first fields the database may choose one with which it scans the list up
   * to the page.
   */
  index?: Record<string, 1 | -1> | undefined
  projection?: Projection | undefined
}

/**
 * Returns one page of a list: up to `limit + 1` documents in the page's direction, for {@link toConnection}.
 */
export async function findPage<Document>(
  model: Model<Document>,
  filter: QueryFilter<Document>,
  page: Page,
  { index, projection }: PageOptions = {},
): Promise<Document[]> {
  // With the alternatives at the top, the database chooses an index for each and merges them in the page's order. Below
  // the top it tries only some of the combinations of indexes.
  const alternatives = listPageFilters<Document>(page).map(
    (pageFilter) => ({ $and: [filter, pageFilter] }) as QueryFilter<Document>,
  )
  return readDocuments(model, {
    filter: matchAny(alternatives),
    projection,
    sort: buildPageSort(page),
    limit: page.limit + 1,
    ...(index && { hint: index }),
  })
}

/**
 * Returns one page of the rows that match at least one of several filters, by reading and merging a page of each. With one filter
 * of alternatives, the database would scan the list up to the page.
 */
export async function findMergedPage<Document extends { _id: string }>(
  model: Model<Document>,
  filters: readonly QueryFilter<Document>[],
  page: Page,
  options: PageOptions = {},
): Promise<Document[]> {
  const [only, ...others] = filters
  if (only === undefined) return []
  if (others.length === 0) return findPage(model, only, page, options)
  const sort = Object.entries(buildPageSort(page))
  const sortFields = Object.fromEntries(sort.map(([field]) => [field, 1 as const]))
  const projection = options.projection && { ...options.projection, ...sortFields }
  const pages = await Promise.all(
    filters.map((filter) => findPage(model, filter, page, { ...options, projection })),
  )
  const byId = new Map(pages.flat().map((document) => [document._id, document]))
  const compare = (a: object, b: object) => {
    for (const [field, direction] of sort) {
      const [left, right] = [Reflect.get(a, field), Reflect.get(b, field)] as [KeyValue, KeyValue]
      if (left < right) return -direction
      if (left > right) return direction
    }
    return 0
  }
  return [...byId.values()].sort(compare).slice(0, page.limit + 1)
}

/** Selects the children of parents. */
export interface ChildList<Document> {
  /** The field of a child that contains its parent's ID. */
  childField: string & keyof Document
  filter: QueryFilter<Document>
  /** Whether most parents have few children, so that those of many parents are read in one scan of the index. */
  isShort?: boolean
  projection?: Projection
}

/**
 * Returns the same page of children for each of many parents, in one round trip and without scanning other
 * documents: it needs an index on `childField`, the fields of the filter and the order's fields.
 *
 * @returns up to `limit + 1` children of every parent, in the page's direction, without the fields that the
 *   schema deselects
 */
export async function findPages<Document>(
  connection: Connection,
  model: Model<Document>,
  list: ChildList<Document>,
  parentIds: readonly string[],
  page: Page,
): Promise<Map<string, Document[]>> {
  const [onlyId, ...otherIds] = parentIds
  if (onlyId === undefined) return new Map()
  // A find takes half the time of an aggregation.
  if (otherIds.length === 0) {
    const filter = { $and: [{ [list.childField]: onlyId }, list.filter] } as QueryFilter<Document>
    return new Map([[onlyId, await findPage(model, filter, page, { projection: list.projection })]])
  }
  if (!list.isShort || page.from) return joinPages(connection, model, list, parentIds, page)
  const pages = await scanPages(model, list, parentIds, page)
  const missing = parentIds.filter((id) => !pages.has(id))
  if (missing.length === 0) return pages
  return new Map([...pages, ...(await joinPages(connection, model, list, missing, page))])
}

/**
 * Reads the children of many parents one parent after the other, in the order of an index, and stops at as many rows as the pages
 * of all have at most. A join takes as long for each parent as this for six rows.
 *
 * @returns the pages of the parents that it has reached
 */
async function scanPages<Document>(
  model: Model<Document>,
  { childField, filter, projection }: ChildList<Document>,
  parentIds: readonly string[],
  page: Page,
): Promise<Map<string, Document[]>> {
  const maxRows = parentIds.length * (page.limit + 1)
  const rows = await readDocuments(model, {
    filter: { $and: [{ [childField]: { $in: [...parentIds] } }, filter] } as QueryFilter<Document>,
    projection: projection && { ...projection, [childField]: 1 },
    sort: { [childField]: page.backward ? -1 : 1, ...buildPageSort(page) },
    limit: maxRows,
  })
  const pages = new Map<unknown, Document[]>()
  for (const row of rows) {
    const children = pages.get(row[childField])
    if (!children) pages.set(row[childField], [row])
    else if (children.length <= page.limit) children.push(row)
  }
  if (rows.length < maxRows) return new Map(parentIds.map((id) => [id, pages.get(id) ?? []]))
  const last = rows.at(-1)?.[childField]
  const isComplete = (children: Document[], id: string) => id !== last || children.length > page.limit
  return new Map(
    parentIds.flatMap((id) => {
      const children = pages.get(id)
      return children && isComplete(children, id) ? [[id, children]] : []
    }),
  )
}

/**
 * Reads the pages of many parents with one aggregation (`$documents`, MongoDB 5.1; `$lookup` with both localField and pipeline,
 * 5.0).
 */
async function joinPages<Document>(
  connection: Connection,
  model: Model<Document>,
  { childField, filter, projection = excludeUnselected(model) }: ChildList<Document>,
  parentIds: readonly string[],
  page: Page,
): Promise<Map<string, Document[]>> {
  const pipeline: PipelineStage.Lookup['$lookup']['pipeline'] = [
    { $match: { $and: [filter, buildPageFilter<Document>(page)] } },
    { $sort: buildPageSort(page) },
    { $limit: page.limit + 1 },
    ...(Object.keys(projection).length > 0 ? [{ $project: projection }] : []),
  ]
  const from = model.collection.collectionName
  // $unwind, since all children of a parent in one document could exceed the 16 MB limit of documents.
  const found = await requireDb(connection)
    .aggregate<{ _id: string; child: Document }>(
      [
        { $documents: parentIds.map((id) => ({ _id: id })) },
        { $lookup: { from, localField: '_id', foreignField: childField, pipeline, as: 'child' } },
        { $unwind: '$child' },
      ],
      { batchSize: firstBatchSize, ...readBounds() },
    )
    .toArray()
  const pages = new Map<string, Document[]>(parentIds.map((id) => [id, []]))
  for (const { _id, child } of found) pages.get(_id)?.push(child)
  return pages
}

/** Returns the number of children by parent, in one aggregation; no entry for a parent without children. */
export async function countByParent<Document>(
  model: Model<Document>,
  childField: string & keyof Document,
  parentIds: readonly string[],
  filter: QueryFilter<Document>,
): Promise<Map<string, number>> {
  const counted = await model
    .aggregate<{ _id: string; count: number }>([
      { $match: { [childField]: { $in: parentIds }, ...filter } },
      { $group: { _id: `$${childField}`, count: { $sum: 1 } } },
    ])
    .option({ batchSize: firstBatchSize })
  return new Map(counted.map(({ _id, count }) => [_id, count]))
}

/**
 * Yields the distinct values of a field, in order and in pages of at most {@link maxBatchSize}. Needs an index
 * on the filter's fields and the field, of which a page reads as many keys.
 *
 * @param after yields only greater values
 */
export async function* readDistinctValues<Document>(
  model: Model<Document>,
  field: string & keyof Document,
  { filter = {}, after = '' }: { filter?: QueryFilter<Document>; after?: string } = {},
): AsyncGenerator<string[]> {
  for (let last: string | undefined = after; ;) {
    const found: Record<string, string>[] = await model
      .find({ ...filter, [field]: { $gt: last } } as QueryFilter<Document>)
      .select({ _id: 0, [field]: 1 })
      .sort({ [field]: 1 })
      .limit(maxBatchSize)
      .lean<Record<string, string>[]>()
    const values = [...new Set(found.flatMap((document) => document[field] ?? []))]
    // Skips further documents with the last value.
    last = values.at(-1)
    if (last === undefined) return
    yield values
  }
}
