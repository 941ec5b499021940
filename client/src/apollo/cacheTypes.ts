// The parts of Apollo Client's types that the policies use. They are declared here, since a linked package would resolve
// `@apollo/client` to a second copy, whose types do not match those of the frontend.

export interface Reference {
  readonly __ref: string
}

export interface StoreObject {
  __typename?: string
  [storeFieldName: string]: string | number | boolean | object | null | undefined
}

/** The options of the functions of a field policy. */
export interface FieldOptions {
  args: Record<string, unknown> | null
  canRead(node: Reference | StoreObject): boolean
  toReference(value: { __typename: string; id: string }): Reference | undefined
  /** An object for this field, which lives as long as the cache. */
  storage: Record<string, unknown>
  mergeObjects<T extends StoreObject | Reference>(existing: T, incoming: T): T
}

/** A field policy of Apollo Client 3.8 and later. */
export interface FieldPolicy<Existing, Incoming> {
  keyArgs?: string[] | false
  read?(existing: Existing | undefined, options: FieldOptions): Existing | StoreObject | undefined
  merge?(existing: Existing | undefined, incoming: Incoming, options: FieldOptions): Existing
}
