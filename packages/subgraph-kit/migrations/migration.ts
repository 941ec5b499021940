import type { Connection } from '../mongo/database'

/** A subgraph's database, as the driver sees it: migrations do not use models, which change later. */
export type Database = NonNullable<Connection['db']>

/**
 * A change of the stored data of one subgraph, in `subgraphs/<name>/repository/migrations/<name>.ts`. See
 * docs/recipes.md#change-stored-data for the rules that it must follow.
 */
export interface Migration {
  /** The name of its file, such as `0003-normalize-tags`. The digits give the order. Recorded, so it never changes. */
  readonly name: string
  /** A summary of one line for operators, which begins with a verb: `Adds …`. */
  readonly description: string
  /**
   * The migration that a process must know to work on data of this one. Processes of versions without it refuse to
   * start afterwards. Set by migrations that remove something; see docs/decisions/0017-migrations.md.
   */
  readonly requires?: string
  /** Returns the number of documents that {@link run} would still change. Omitted if it changes indexes only. */
  countPending?(database: Database): Promise<number>
  /**
   * Migrates. Idempotent, since it is repeated from its last position after an interruption. Processes of the version
   * before are running at the same time.
   */
  run(context: MigrationContext): Promise<void>
}

/** The means of a migration. */
export interface MigrationContext {
  readonly database: Database
  /** Aborted when another process may have taken over; {@link forEachBatch} checks it. */
  readonly signal: AbortSignal
  /**
   * Goes through a collection in the order of IDs, and stores the position after each batch, from which an interrupted
   * migration continues. Documents that others insert meanwhile may be skipped.
   *
   * @param handle migrates the documents of a range of at most 500 IDs; returns how many it has changed
   * @throws AbortError when another process may have taken over
   */
  forEachBatch(collection: string, handle: (range: IdRange) => Promise<number>): Promise<void>
}

/** Part of a filter: the documents of one batch. */
interface IdRange {
  _id: { $gt?: string; $lte: string }
}

/** Where migrations report to: a process log, or the lines of a command. The message is complete without the fields. */
export interface MigrationLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
