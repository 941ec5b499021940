export { inspectMigrations } from './inspectMigrations'
export type { Migration, MigrationContext, MigrationLog } from './migration'
export { runMigrations } from './runMigrations'
