import { setTimeout as wait } from 'node:timers/promises'

import { attachOrStartMongodb } from '../../../cli/embedded-mongodb/embeddedMongodb'
import { subgraphDatabaseNames } from '../../../cli/start/processes'
import { openDatabase, type Connection } from '../../../packages/subgraph-kit/mongo/database'
import { newId } from '../../../schema/ids'
import { createEventRepository } from '../../../subgraphs/events/repository'
import { createUserRepository } from '../../../subgraphs/users/repository/users'
import type { createTestWorkspace } from '../../support/processes'
import { makeUser } from '../../subgraphs/users/support'

/** A person with an account and a session. */
export interface Member {
  id: string
  handle: string
  token: string
}

/** A person who is registered for an event. */
interface Guest {
  id: string
  email: string
}

/** Describes a notification: `recipient type subject`. */
export const describeNotification = (recipientId: string, type: string, subjectId: string): string =>
  `${recipientId} ${type} ${subjectId}`

/** People on a running system, whose acts are repeated until they succeed. */
export type Community = Awaited<ReturnType<typeof createCommunity>>

const actTimeoutMs = 60_000
const retryDelayMs = 50

/** @param url of the router */
export async function createCommunity(
  workspace: ReturnType<typeof createTestWorkspace>,
  { url, dataDir }: { url: string; dataDir: string },
) {
  const database = await attachOrStartMongodb({ dataDir, log: () => {} })
  workspace.later(() => database.close())
  const open = async (name: keyof typeof subgraphDatabaseNames): Promise<Connection> => {
    const connection = await openDatabase(database.uri, subgraphDatabaseNames[name])
    workspace.later(() => connection.close())
    return connection
  }
  const connections = {
    users: await open('users'),
    events: await open('events'),
    comments: await open('comments'),
  }
  const users = createUserRepository(connections.users)
  const events = createEventRepository(connections.events)

  /** Sends a mutation once. @returns its payload */
  async function attempt(name: string, input: object, fields: string, by?: Member): Promise<Payload> {
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
    const query = `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { code message } } }`
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(by && { authorization: `Bearer ${by.token}` }) },
      body: JSON.stringify({ query, variables: { input } }),
      signal: AbortSignal.timeout(actTimeoutMs),
    })
    const { data, errors } = (await response.json()) as {
      data?: Record<string, Payload & { userErrors: unknown[] }>
      errors?: unknown[]
    }
    const payload = data?.[name]
    if (errors || !payload || payload.userErrors.length > 0)
      throw new Error(`${name}: ${JSON.stringify(errors ?? payload?.userErrors)}`)
    return payload
  }

  /** Sends a mutation, which must be idempotent, until it succeeds. */
  async function act(name: string, input: object, fields: string, by?: Member): Promise<Payload> {
    const deadline = Date.now() + actTimeoutMs
    for (;;) {
      try {
        return await attempt(name, input, fields, by)
      } catch (error) {
        if (Date.now() > deadline) throw error
        await wait(retryDelayMs)
      }
    }
  }

  const readId = (payload: Payload, field: string): string => {
    const id = payload[field]?.id
    if (id === undefined) throw new Error(`The payload has no ${field}: ${JSON.stringify(payload)}`)
    return id
  }

  return {
    connections,
    attempt,
    act,

    async signUp(): Promise<Member> {
      const handle = `member_${newId('User').slice(-12)}`
      const input = {
        handle,
        displayName: handle,
        email: `${handle}@agora.example`,
        password: 'writes to everyone',
      }
      const payload = await attempt('signUp', input, 'user { id } session { accessToken }')
      return { id: readId(payload, 'user'), handle, token: payload['session']?.accessToken ?? '' }
    },

    /** Returns the number of unread notifications that a member sees. */
    async countUnread({ token }: Member): Promise<number | undefined> {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query: '{ viewer { unreadNotificationCount } }' }),
      })
      const { data } = (await response.json()) as {
        data?: { viewer: { unreadNotificationCount: number } | null }
      }
      return data?.viewer?.unreadNotificationCount
    },

    createPost: async (author: Member): Promise<string> =>
      readId(
        await act(
          'createPost',
          { title: 'On kills', body: 'Text.', publish: true, idempotencyKey: newId('Post') },
          'post { id }',
          author,
        ),
        'post',
      ),

    addComment: async (
      author: Member,
      comment: { postId: string; body: string; parentId?: string },
    ): Promise<string> =>
      readId(
        await act('addComment', { ...comment, idempotencyKey: newId('Comment') }, 'comment { id }', author),
        'comment',
      ),

    /** Creates a published event. @param capacity unlimited by default */
    createEvent: async (organizer: Member, capacity?: number): Promise<string> =>
      readId(
        await act(
          'createEvent',
          {
            title: 'Festival',
            description: 'Come.',
            startsAt: '2090-01-01T10:00:00Z',
            timeZone: 'Europe/Paris',
            publish: true,
            idempotencyKey: newId('Event'),
            ...(capacity !== undefined && { capacity }),
          },
          'event { id }',
          organizer,
        ),
        'event',
      ),

    /** Stores accounts with verified addresses, and registers them for an event in their order, like an import. */
    async registerGuests(eventId: string, count: number): Promise<Guest[]> {
      const guests = Array.from({ length: count }, () => {
        const id = newId('User')
        return makeUser({ id, email: `${id}@agora.example` })
      })
      await users.importUsers(guests)
      await connections.users
        .collection<{ _id: string }>('users')
        .updateMany(
          { _id: { $in: guests.map(({ id }) => id) } },
          { $set: { emailVerifiedAt: new Date('2030-01-01T00:00:00Z') } },
        )
      await events.importRegistrations(
        guests.map(({ id: userId }) => ({
          ...{ id: newId('Registration'), eventId, userId, guestCount: 0 },
          registeredAt: new Date('2030-01-01T00:00:00Z'),
        })),
      )
      return guests.map(({ id, email }) => ({ id, email: email ?? '' }))
    },
  }
}

/** The fields of payloads that are read. */
type Payload = Partial<Record<string, { id?: string; accessToken?: string } | null>>
