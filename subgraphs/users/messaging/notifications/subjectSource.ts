import { z } from 'zod'

import { maxBatchSize } from '../../../../packages/platform'
import type { PeerClient, PeerQuery } from '../../../../packages/subgraph-kit/peers'
import { readSubjectType } from '../../domain/moderation/report'
import type { NotificationSubject, SubjectSource } from '../../service/notifications/subjectSource'

interface SubjectSourceOptions {
  events: PeerClient
  posts: PeerClient
  createServiceToken: () => string
}

const titledShape = z.array(z.object({ id: z.string(), title: z.string() }).nullable())

/** As seen by everyone: posts that are not published have no title. */
const postsQuery: PeerQuery<{
  postFacts: { id: string; status: string; authorId: string | null }[]
  _entities: ({ id: string; title: string } | null)[]
}> = {
  document: `
    query NotificationPosts($ids: [ID!]!, $posts: [_Any!]!) {
      postFacts(ids: $ids) { id status authorId }
      _entities(representations: $posts) { ... on Post { id title } }
    }
  `,
  data: z.object({
    postFacts: z.array(z.object({ id: z.string(), status: z.string(), authorId: z.string().nullable() })),
    _entities: titledShape,
  }),
}

const eventsQuery: PeerQuery<{ _entities: ({ id: string; title: string } | null)[] }> = {
  document: `
    query NotificationEvents($events: [_Any!]!) {
      _entities(representations: $events) { ... on Event { id title } }
    }
  `,
  data: z.object({ _entities: titledShape }),
}

const pageSize = 1000

const registeredQuery: PeerQuery<{ registeredUserIds: string[] }> = {
  document: `
    query RegisteredUsers($eventId: ID!, $after: ID, $first: Int!, $confirmedOnly: Boolean!) {
      registeredUserIds(eventId: $eventId, after: $after, first: $first, confirmedOnly: $confirmedOnly)
    }
  `,
  data: z.object({ registeredUserIds: z.array(z.string()) }),
}

/** Creates the source of the subjects of notifications in other subgraphs. */
export function createSubjectSource({
  events,
  posts,
  createServiceToken,
}: SubjectSourceOptions): SubjectSource {
  const toTitles = (entities: readonly ({ id: string; title: string } | null)[]) =>
    new Map(entities.flatMap((entity) => (entity ? [[entity.id, entity.title]] : [])))

  const toRepresentations = (__typename: string, ids: readonly string[]) =>
    ids.map((id) => ({ __typename, id }))

  async function findPosts(ids: readonly string[]): Promise<[string, NotificationSubject][]> {
    const variables = { ids, posts: toRepresentations('Post', ids) }
    const { postFacts, _entities } = await posts.query(postsQuery, variables, createServiceToken())
    const titles = toTitles(_entities)
    return postFacts.map(({ id, authorId }) => [id, toSubject(titles.get(id), authorId)])
  }

  async function findEvents(ids: readonly string[]): Promise<[string, NotificationSubject][]> {
    const variables = { events: toRepresentations('Event', ids) }
    const { _entities } = await events.query(eventsQuery, variables, createServiceToken())
    return [...toTitles(_entities)].map(([id, title]) => [id, toSubject(title, null)])
  }

  return {
    async findSubjects(ids) {
      const found = new Map<string, NotificationSubject>()
      for (const [type, find] of [
        ['Post', findPosts],
        ['Event', findEvents],
      ] as const) {
        const own = ids.filter((id) => readSubjectType(id) === type)
        for (let from = 0; from < own.length; from += maxBatchSize)
          for (const [id, subject] of await find(own.slice(from, from + maxBatchSize))) found.set(id, subject)
      }
      return found
    },

    async *readRegisteredUserIds(eventId, confirmedOnly) {
      for (let after: string | null = null; ;) {
        const page: { registeredUserIds: string[] } = await events.query(
          registeredQuery,
          { eventId, after, first: pageSize, confirmedOnly },
          createServiceToken(),
        )
        const last = page.registeredUserIds.at(-1)
        if (last === undefined) return
        yield page.registeredUserIds
        after = last
      }
    },
  }
}

/** @param title undefined when not everyone may see the subject */
const toSubject = (title: string | undefined, authorId: string | null): NotificationSubject => ({
  ...(title !== undefined && { title }),
  isPublic: title !== undefined,
  authorId,
})
