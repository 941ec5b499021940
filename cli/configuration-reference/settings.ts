import { relative } from 'node:path'
import { z } from 'zod'
import { projectRoot } from '../../packages/platform'
import { configShape as router } from '../../router/config'
import { configShape as comments } from '../../subgraphs/comments/config'
import { configShape as events } from '../../subgraphs/events/config'
import { configShape as posts } from '../../subgraphs/posts/config'
import { configShape as users } from '../../subgraphs/users/config'
import { dataConfigShape } from '../dataConfig'
import { configShape as start } from '../start/config'

/** The configuration of each program, by the name that the reference gives to it. */
const configShapes = {
  router: router.shape,
  users: users.shape,
  events: events.shape,
  posts: posts.shape,
  comments: comments.shape,
  'npm start': start.shape,
  'import, projections:rebuild, migrate, backup, restore': dataConfigShape.shape,
} as const

export type Program = keyof typeof configShapes

/** How one program reads one setting. */
export interface SettingUse {
  program: Program
  description: string
  /** The accepted values of an enumeration. */
  values: readonly string[]
  /** As in an environment variable; undefined when there is none. */
  default: string | undefined
  required: boolean
}

export interface Setting {
  name: string
  uses: readonly SettingUse[]
}

/**
 * Returns every setting that a program reads, in the order of the schemas.
 * @throws Error when a setting has no description
 */
export function listSettings(): Setting[] {
  const uses = new Map<string, SettingUse[]>()
  for (const [program, shape] of Object.entries(configShapes))
    for (const [name, schema] of Object.entries<z.ZodType>(shape)) {
      const use = describeUse(program as Program, name, schema)
      uses.set(name, [...(uses.get(name) ?? []), use])
    }
  return [...uses].map(([name, each]) => ({ name, uses: each }))
}

function describeUse(program: Program, name: string, schema: z.ZodType): SettingUse {
  const { description } = schema
  if (description === undefined) throw new Error(`${name} of ${program} has no description: add .describe().`)
  const unset = schema.safeParse(undefined)
  return {
    program,
    description,
    values: listValues(schema),
    default: unset.success && unset.data !== undefined ? formatDefault(unset.data) : undefined,
    required: !unset.success,
  }
}

function listValues(schema: z.ZodType): readonly string[] {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional)
    return listValues(schema.unwrap() as z.ZodType)
  return schema instanceof z.ZodEnum ? schema.options.map(String) : []
}

function formatDefault(value: unknown): string {
  const text = String(value)
  return text.startsWith(projectRoot) ? relative(projectRoot, text) : text
}
