export { inspectMigrations } from './inspectMigrations'
export type { Migration, MigrationLog } from './migration'
export { runMigrations } from './runMigrations'
