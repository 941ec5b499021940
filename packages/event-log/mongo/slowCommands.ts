import { LRUCache } from 'lru-cache'
import type { mongo } from 'mongoose'

import type { Log } from '../../platform/log'
import type { WorkIdentity } from '../../platform'
import type { DatabaseCommand } from './observedConnection'

interface SlowCommandLogOptions {
  getDatabase: () => mongo.Db | undefined
  log: Log
}

/** How the server executes a command. */
interface PlanSummary {
  /** The stages from the last to the first, such as `SORT < FETCH < IXSCAN status_1`. */
  plan: string
  keysExamined?: number
  docsExamined?: number
}

/** A plan is read again after this time. */
const planTtlMs = 60_000
const maxShapes = 200
/** How long the server may take to execute a command again. */
const explainTimeoutMs = 2_000

/**
 * Creates a function that logs a slow command with its shape and the summary of its plan, never with values. A plan is found by
 * explaining the command afterwards: one at a time, each shape once a minute at most. The lines in between have the plan that is
 * known.
 */
export function createSlowCommandLog({ getDatabase, log }: SlowCommandLogOptions) {
  const plans = new LRUCache<string, PlanSummary>({ max: maxShapes, ttl: planTtlMs })
  let phase: 'idle' | 'explaining' = 'idle'

  async function readPlan(command: DatabaseCommand, shape: string): Promise<PlanSummary | undefined> {
    const cached = plans.get(shape)
    const database = getDatabase()
    if (cached || !database || phase === 'explaining') return cached
    phase = 'explaining'
    // Also a plan that cannot be read is not tried again for a minute.
    let summary: PlanSummary = { plan: 'unknown' }
    try {
      summary = (await explainCommand(database, command)) ?? summary
    } finally {
      plans.set(shape, summary)
      phase = 'idle'
    }
    return summary
  }

  return (command: DatabaseCommand, durationMs: number, work: WorkIdentity | undefined): void => {
    const shape = describeShape(command)
    const logLine = (plan?: PlanSummary) =>
      log.warn(
        {
          database: command.database,
          collection: command.collection,
          command: command.name,
          durationMs: Math.round(durationMs),
          shape,
          ...plan,
          requestId: work?.requestId,
          traceId: work?.span?.isRecording ? work.span.traceId : undefined,
        },
        'A database command was slow',
      )
    readPlan(command, shape).then(logLine, () => logLine())
  }
}

/**
 * Explains a command by executing it again without its effects; only its plan when that takes too long.
 *
 * @returns undefined for a command without a plan, such as an insert
 */
async function explainCommand(
  database: mongo.Db,
  { name, document }: DatabaseCommand,
): Promise<PlanSummary | undefined> {
  const explained = toExplainable(name, document)
  if (!explained) return undefined
  const explain = (verbosity: 'executionStats' | 'queryPlanner') =>
    database.command({ explain: explained, verbosity, maxTimeMS: explainTimeoutMs })
  return summarizePlan(await explain('executionStats').catch(() => explain('queryPlanner')))
}

/** The fields of a command that `explain` accepts; the driver adds others, such as its session. */
const explainableFields: Readonly<Record<string, readonly string[]>> = {
  find: ['filter', 'sort', 'projection', 'hint', 'skip', 'limit', 'collation', 'let'],
  aggregate: ['pipeline', 'cursor', 'hint', 'collation', 'let'],
  count: ['query', 'limit', 'skip', 'hint', 'collation'],
  distinct: ['key', 'query', 'collation'],
  findAndModify: ['query', 'sort', 'remove', 'update', 'upsert', 'hint', 'arrayFilters', 'let'],
  update: ['updates'],
  delete: ['deletes'],
}

function toExplainable(
  name: string,
  document: DatabaseCommand['document'],
): Record<string, unknown> | undefined {
  const fields = explainableFields[name]
  if (!fields) return undefined
  const given = fields.filter((field) => document[field] !== undefined)
  const isWriteList = (field: string) => field === 'updates' || field === 'deletes'
  return {
    [name]: document[name],
    ...Object.fromEntries(
      given.map((field) => [
        field,
        isWriteList(field) ? listWrites(document[field]).slice(0, 1) : document[field],
      ]),
    ),
  }
}

/** A write of an `update` or `delete`. */
interface Write {
  q?: unknown
}

/** Returns the writes of a command, which the driver may wrap in an object of its own. Only one of them can be explained. */
function listWrites(value: unknown): Write[] {
  const writes = typeof value === 'object' && value !== null && 'documents' in value ? value.documents : value
  return Array.isArray(writes) ? (writes as Write[]) : []
}

/** Summarizes the result of `explain`, whose structure differs between commands. */
function summarizePlan(explained: unknown): PlanSummary {
  const stages: string[] = []
  const summary: PlanSummary = { plan: '' }

  function visitStage(stage: unknown): void {
    if (typeof stage !== 'object' || stage === null) return
    if ('stage' in stage)
      stages.push('indexName' in stage ? `${stage.stage} ${stage.indexName}` : String(stage.stage))
    for (const name of ['queryPlan', 'inputStage', 'inputStages', 'outerStage', 'innerStage']) {
      const inner: unknown = name in stage ? stage[name as keyof typeof stage] : undefined
      if (Array.isArray(inner)) inner.forEach(visitStage)
      else visitStage(inner)
    }
  }
  function visit(node: unknown): void {
    if (typeof node !== 'object' || node === null) return
    for (const [name, value] of Object.entries(node) as [string, unknown][]) {
      if (name === 'winningPlan') visitStage(value)
      else if (name === 'totalKeysExamined')
        summary.keysExamined = (summary.keysExamined ?? 0) + Number(value)
      else if (name === 'totalDocsExamined')
        summary.docsExamined = (summary.docsExamined ?? 0) + Number(value)
      else if (name !== 'rejectedPlans' && name !== 'command') visit(value)
    }
  }

  visit(explained)
  return { ...summary, plan: stages.join(' < ') || 'unknown' }
}

/**
 * Describes which fields a command filters and sorts by, and the stages of a pipeline. Names of fields are part of the
 * code; values are not described.
 */
function describeShape({ collection, name, document }: DatabaseCommand): string {
  const { filter, query, sort, pipeline, updates, deletes } = document
  const parts = [`${name} ${collection}`]
  const [firstWrite] = listWrites(updates ?? deletes)
  const fields = listFields(filter ?? query ?? firstWrite?.q)
  if (fields.length > 0) parts.push(`{${fields.join(', ')}}`)
  if (typeof sort === 'object' && sort !== null) parts.push(`sort {${listKeys(sort).join(', ')}}`)
  if (Array.isArray(pipeline)) parts.push(`[${pipeline.map(describeStage).join(', ')}]`)
  return parts.join(' ').slice(0, maxShapeLength)
}

const maxShapeLength = 500

function describeStage(stage: object): string {
  const [name = '', value] = Object.entries(stage)[0] ?? []
  return name === '$match' ? `$match {${listFields(value).join(', ')}}` : name
}

const listKeys = (value: object): string[] =>
  value instanceof Map ? [...value.keys()].map(String) : Object.keys(value)

/** Returns the fields of a filter, also inside `$and`, `$or` and `$nor`. */
function listFields(filter: unknown): string[] {
  if (typeof filter !== 'object' || filter === null) return []
  const fields = Object.entries(filter).flatMap(([name, value]: [string, unknown]) => {
    if (!name.startsWith('$')) return [name]
    return Array.isArray(value) && name !== '$expr' ? [name, ...value.flatMap(listFields)] : [name]
  })
  return [...new Set(fields)]
}
