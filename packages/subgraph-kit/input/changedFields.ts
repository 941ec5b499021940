import { isDeepStrictEqual } from 'node:util'

/**
 * Returns the fields of an update that differ from the current entity, so that an update without changes writes
 * nothing.
 */
export function pickChangedFields<Entity extends object>(
  current: Entity,
  update: Partial<Entity>,
): Partial<Entity> {
  const changed = { ...update }
  for (const field in changed) {
    if (isDeepStrictEqual(changed[field], current[field])) delete changed[field]
  }
  return changed
}
