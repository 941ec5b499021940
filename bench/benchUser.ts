import { z } from 'zod'

/** A signed-in user. */
export interface BenchUser {
  accessToken: string
  /**
   * Sends a mutation.
   *
   * @param field of the payload: an entity, or the ID of one
   * @returns the ID of the entity
   * @throws Error when the mutation fails
   */
  mutate(name: string, input: object, field: string): Promise<string>
}

export const benchPassword = 'a bench in the park'

const sessionShape = z.object({ accessToken: z.string() })
const idShape = z.union([z.string(), z.looseObject({ id: z.string() }).transform(({ id }) => id)])

/** Creates an account. */
export async function signUpBenchUser(url: string, handle: string): Promise<BenchUser> {
  const input = { handle, displayName: handle, email: `${handle}@agora.example`, password: benchPassword }
  const session = await mutate(url, 'signUp', input, 'session', '{ accessToken }')
  const { accessToken } = sessionShape.parse(session)
  return {
    accessToken,
    mutate: async (name, input, field) =>
      idShape.parse(await mutate(url, name, input, field, field.endsWith('Id') ? '' : '{ id }', accessToken)),
  }
}

async function mutate(
  url: string,
  name: string,
  input: object,
  field: string,
  selection: string,
  token?: string,
): Promise<unknown> {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
  const query = `mutation ($input: ${type}!) { ${name}(input: $input) { ${field} ${selection} } }`
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables: { input } }),
  })
  const result: unknown = await response.json()
  const payload = z
    .object({ data: z.record(z.string(), z.record(z.string(), z.unknown())) })
    .safeParse(result)
  const value = payload.data?.data[name]?.[field]
  if (value === undefined || value === null) throw new Error(`${name} failed: ${JSON.stringify(result)}`)
  return value
}
