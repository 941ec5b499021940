import { isDeepStrictEqual } from 'node:util'

/** Returns the fields of an update whose values differ from the current ones, so that saving without changes writes nothing. */
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
