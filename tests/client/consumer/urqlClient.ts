// A frontend that uses urql with the package's documents.
import { EventPageDocument, FeedDocument, type EventPageQuery } from '@agora/client/urql'
import { Client, fetchExchange } from '@urql/core'

export const createUrql = (url: string) =>
  new Client({ url, exchanges: [fetchExchange], preferGetMethod: false })

export async function feedTitles(url: string): Promise<string[]> {
  const { data, error } = await createUrql(url).query(FeedDocument, { first: 3 }).toPromise()
  if (error) throw error
  return data?.posts?.nodes.map(({ title }) => title) ?? []
}

export async function eventPage(url: string, id: string): Promise<EventPageQuery['event'] | undefined> {
  const { data } = await createUrql(url).query(EventPageDocument, { id }).toPromise()
  return data?.event
}

export function typeErrors(url: string) {
  // @ts-expect-error -- the event's ID is required
  createUrql(url).query(EventPageDocument, {})
}
