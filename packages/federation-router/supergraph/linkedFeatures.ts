import { Kind, type ConstDirectiveNode, type ConstValueNode, type DocumentNode } from 'graphql'

/** A specification that a supergraph links (https://specs.apollo.dev/link/v1.0). */
export interface LinkedFeature {
  /** Its URL, such as `https://specs.apollo.dev/policy/v0.1`. */
  url: string
  /** The name in the URL: `policy`. */
  name: string
  /** Returns the name of one of its directives in this document, where it may have been renamed. */
  nameDirective(directive: string): string
}

/** Reads the specifications that a supergraph links. */
export function readLinkedFeatures({ definitions }: DocumentNode): readonly LinkedFeature[] {
  return definitions.flatMap((definition) => {
    if (definition.kind !== Kind.SCHEMA_DEFINITION && definition.kind !== Kind.SCHEMA_EXTENSION) return []
    return (definition.directives ?? []).flatMap((directive) => readLink(directive) ?? [])
  })
}

function readLink({ name, arguments: given = [] }: ConstDirectiveNode): LinkedFeature | undefined {
  if (name.value !== 'link') return undefined
  const find = (argument: string) => given.find((each) => each.name.value === argument)?.value
  const url = readString(find('url'))
  const feature = url === undefined ? undefined : /\/([^/]+)(\/v\d+\.\d+)?\/?$/.exec(url)?.[1]
  if (url === undefined || feature === undefined) return undefined
  const prefix = readString(find('as')) ?? feature
  const imported = readImports(find('import'))
  return {
    url,
    name: feature,
    nameDirective: (directive) =>
      imported.get(`@${directive}`) ?? (directive === feature ? prefix : `${prefix}__${directive}`),
  }
}

/** Returns the names of the imported elements in the document, by their names in the specification. */
function readImports(value: ConstValueNode | undefined): ReadonlyMap<string, string> {
  const imports = new Map<string, string>()
  for (const each of value?.kind === Kind.LIST ? value.values : []) {
    if (each.kind === Kind.STRING) imports.set(each.value, each.value.replace(/^@/, ''))
    if (each.kind !== Kind.OBJECT) continue
    const find = (key: string) => readString(each.fields.find(({ name }) => name.value === key)?.value)
    const name = find('name')
    if (name !== undefined) imports.set(name, (find('as') ?? name).replace(/^@/, ''))
  }
  return imports
}

const readString = (value: ConstValueNode | undefined): string | undefined =>
  value?.kind === Kind.STRING ? value.value : undefined
