/** Simulated users who send mutations continuously, and ignore failures. */
interface Actors {
  /** Counts the successful mutations, of one name or of all. */
  countCompleted(name?: string): number
  /** Returns the codes of the errors of all responses. */
  listErrorCodes(): string[]
  /** Resolves when all requests have ended. */
  stop(): Promise<void>
}

interface Actor {
  token: string
  password: string
}

/** The entities that they have created. */
interface CreatedEntities {
  posts: { id: string; by: Actor }[]
  events: { id: string; by: Actor }[]
  comments: { id: string; by: Actor }[]
  registrations: { id: string; by: Actor }[]
}

const maxRemembered = 40
/** An account is deleted after this many actions. */
const actionsPerAccount = 12

/** @param url of the router */
export function startActors(url: string, count: number): Actors {
  const world: CreatedEntities = { posts: [], events: [], comments: [], registrations: [] }
  let isStopped = false
  const done: string[] = []
  const errorCodes = new Set<string>()
  let accounts = 0

  /** Returns the payload of a mutation; undefined when it has failed. */
  async function mutate(
    name: string,
    input: object,
    fields: string,
    by?: Actor,
  ): Promise<Payload | undefined> {
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
    const query = `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { code } } }`
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(by && { authorization: `Bearer ${by.token}` }) },
        body: JSON.stringify({ query, variables: { input } }),
        signal: AbortSignal.timeout(10_000),
      })
      const { data, errors } = (await response.json()) as {
        data?: Record<string, Payload>
        errors?: { extensions?: { code?: string } }[]
      }
      for (const { extensions } of errors ?? []) errorCodes.add(String(extensions?.code))
      if (errors || !data?.[name]) return undefined
      done.push(name)
      return data[name]
    } catch {
      return undefined
    }
  }

  async function signUp(): Promise<Actor | undefined> {
    const handle = `actor_${++accounts}`
    const password = `${handle} acts`
    const input = { handle, displayName: handle, email: `${handle}@agora.example`, password }
    const payload = await mutate('signUp', input, 'session { accessToken }')
    const token = payload?.['session']?.accessToken
    return token === undefined ? undefined : { token, password }
  }

  function remember(kind: keyof CreatedEntities, id: string | undefined, by: Actor): void {
    if (id === undefined) return
    world[kind].push({ id, by })
    if (world[kind].length > maxRemembered) world[kind].shift()
  }

  /** Removes a random entity, so that no other action uses it. */
  function removeRandom(kind: keyof CreatedEntities): { id: string; by: Actor } | undefined {
    const [taken] = world[kind].splice(Math.floor(Math.random() * world[kind].length), 1)
    return taken
  }

  const actions: { weight: number; act: (actor: Actor) => Promise<void> }[] = [
    {
      weight: 3,
      async act(actor) {
        const eventId = pick(world.events)?.id
        const input = {
          title: 'A post',
          body: 'Text.',
          publish: Math.random() < 0.7,
          ...(eventId && { eventId }),
        }
        const payload = await mutate('createPost', input, 'post { id }', actor)
        remember('posts', payload?.['post']?.id, actor)
      },
    },
    {
      weight: 10,
      async act(actor) {
        const post = pick(world.posts)
        if (!post) return
        const payload = await mutate(
          'addComment',
          { postId: post.id, body: 'A comment.' },
          'comment { id }',
          actor,
        )
        remember('comments', payload?.['comment']?.id, actor)
      },
    },
    {
      weight: 2,
      async act() {
        const comment = removeRandom('comments')
        if (comment) await mutate('deleteComment', { commentId: comment.id }, 'comment { id }', comment.by)
      },
    },
    {
      weight: 1,
      async act() {
        const post = pick(world.posts)
        if (post) await mutate('publishPost', { postId: post.id }, 'post { id }', post.by)
      },
    },
    {
      weight: 1,
      async act() {
        const post = removeRandom('posts')
        if (post) await mutate('deletePost', { postId: post.id }, 'deletedPostId', post.by)
      },
    },
    {
      weight: 2,
      async act(actor) {
        const times = { startsAt: '2090-01-01T10:00:00Z', timeZone: 'Europe/Paris' }
        const input = {
          title: 'An event',
          description: 'Come.',
          ...times,
          capacity: 3,
          publish: Math.random() < 0.8,
        }
        const payload = await mutate('createEvent', input, 'event { id }', actor)
        remember('events', payload?.['event']?.id, actor)
      },
    },
    {
      weight: 6,
      async act(actor) {
        const event = pick(world.events)
        if (!event) return
        const payload = await mutate('registerForEvent', { eventId: event.id }, 'registration { id }', actor)
        remember('registrations', payload?.['registration']?.id, actor)
      },
    },
    {
      weight: 2,
      async act() {
        const registration = removeRandom('registrations')
        if (!registration) return
        const input = { registrationId: registration.id }
        await mutate('cancelRegistration', input, 'registration { id }', registration.by)
      },
    },
    {
      weight: 1,
      async act() {
        const event = removeRandom('events')
        if (event) await mutate('cancelEvent', { eventId: event.id }, 'event { id }', event.by)
      },
    },
  ]

  async function runActor(): Promise<void> {
    while (!isStopped) {
      const actor = await signUp()
      if (!actor) continue
      for (let action = 0; action < actionsPerAccount && !isStopped; action++) await draw(actions).act(actor)
      await mutate('deleteAccount', { password: actor.password }, 'deletedUserId', actor)
    }
  }

  const running = Array.from({ length: count }, runActor)
  return {
    countCompleted: (name) => (name === undefined ? done : done.filter((each) => each === name)).length,
    listErrorCodes: () => [...errorCodes].sort(),
    async stop() {
      isStopped = true
      await Promise.all(running)
    },
  }
}

/** The fields of payloads that the actors read. */
type Payload = Partial<Record<string, { id?: string; accessToken?: string } | null>>

function pick<Item>(items: readonly Item[]): Item | undefined {
  return items[Math.floor(Math.random() * items.length)]
}

function draw<Item extends { weight: number }>(items: readonly Item[]): Item {
  let left = Math.random() * items.reduce((sum, { weight }) => sum + weight, 0)
  const drawn = items.find(({ weight }) => (left -= weight) < 0) ?? items[0]
  if (!drawn) throw new Error('The list is empty.')
  return drawn
}
