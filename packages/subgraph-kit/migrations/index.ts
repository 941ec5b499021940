export { inspectMigrations } from './inspectMigrations'
export type { Migration, MigrationContext, MigrationLog } from './migration'
export { createTagMigration } from './normalizeTags'
export { runMigrations } from './runMigrations'
