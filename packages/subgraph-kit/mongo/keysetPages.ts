import type { Connection, Model, PipelineStage, QueryFilter } from 'mongoose'

import { firstBatchSize } from './database'
import { readBounds } from '../../platform/request/readBounds'
import type { Page } from '../graphql/pagination'

/** The sort of a page, in the direction of travel. */
export function buildPageSort(page: Page): Record<string, 1 | -1> {
  return Object.fromEntries(
    page.order.map(({ field, direction }) => [field, page.backward === (direction === 1) ? -1 : 1]),
  )
}

/**
 * What a row must satisfy to lie behind the page's position: `(a, b) > (x, y)` written as `a > x or (a = x and
 * b > y)`, each part of which an index on the order's fields answers. Empty where the page begins at an end.
 */
export function buildPageFilter<Document>(page: Page): QueryFilter<Document> {
  const from = page.from
  if (from === null) return {}
  const sort = buildPageSort(page)
  const alternatives = page.order.map(({ field }, index) => ({
    ...Object.fromEntries(page.order.slice(0, index).map((step, at) => [step.field, { $eq: from[at] }])),
    [field]: { [sort[field] === 1 ? '$gt' : '$lt']: from[index] },
  }))
  return { $or: alternatives } as QueryFilter<Document>
}

/**
 * One page of a list: `limit + 1` documents in the direction of travel, for `toConnection`.
 *
 * @param index the one to walk. Without it the database chooses, and where it has many that begin alike it may choose one
 *   with which it reads the whole list up to the page.
 */
export async function findPage<Document>(
  model: Model<Document>,
  filter: QueryFilter<Document>,
  page: Page,
  index?: Record<string, 1 | -1>,
): Promise<Document[]> {
  const query = model
    .find({ $and: [filter, buildPageFilter<Document>(page)] } as QueryFilter<Document>)
    .sort(buildPageSort(page))
    .limit(page.limit + 1)
  if (index) query.hint(index)
  return query.lean<Document[]>()
}

/**
 * The same page of children for each of many parents in one round trip that reads just what it returns: an index
 * on `childField` and the order's fields is walked for each parent (`$documents`, MongoDB 5.1;
 * `$lookup` with both localField and pipeline, 5.0).
 *
 * @param childField the field of a child that holds its parent's ID
 * @returns the children of each parent, `limit + 1` at most, in the direction of travel, without the fields that the
 *   schema does not select; every parent has an entry
 */
export async function findPages<Document>(
  connection: Connection,
  model: Model<Document>,
  childField: string & keyof Document,
  parentIds: readonly string[],
  filter: QueryFilter<Document>,
  page: Page,
): Promise<Map<string, Document[]>> {
  const pipeline: PipelineStage.Lookup['$lookup']['pipeline'] = [
    { $match: { $and: [filter, buildPageFilter<Document>(page)] } },
    { $sort: buildPageSort(page) },
    { $limit: page.limit + 1 },
    ...unselected(model),
  ]
  const from = model.collection.collectionName
  // Unwound: all children of a parent in one document could be more than the 16 MB that a document may have.
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

/** How many children each parent has, in one aggregation; a parent without any has no entry. */
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

const valuesAtOnce = 500

/**
 * The different values of a field, in order, in pages of at most 500: each page is read from so many keys of an index that
 * begins with the filter's fields and the field.
 *
 * @param after only what comes after this value
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
      .limit(valuesAtOnce)
      .lean<Record<string, string>[]>()
    const values = [...new Set(found.flatMap((document) => document[field] ?? []))]
    // What more there is of the last one is passed over.
    last = values.at(-1)
    if (last === undefined) return
    yield values
  }
}

/** What `find` leaves out by itself: the schema's fields with `select: false`. */
function unselected<Document>(model: Model<Document>): { $unset: string[] }[] {
  const fields: string[] = []
  model.schema.eachPath((path, type) => {
    const options: { select?: boolean } = type.options
    if (options.select === false) fields.push(path)
  })
  return fields.length > 0 ? [{ $unset: fields }] : []
}

export function requireDb(connection: Connection): NonNullable<Connection['db']> {
  if (!connection.db) throw new Error('The database is not open.')
  return connection.db
}
