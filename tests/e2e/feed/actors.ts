/** People who use a system all the time, and do not mind that parts of it are down. */
export interface Actors {
  /** How many mutations have been answered without an error; of those of one name, if one is given. */
  countCompleted(name?: string): number
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>
}

interface Actor {
  token: string
  password: string
}

/** What all of them have made, as far as they know. */
interface World {
  posts: { id: string; by: Actor }[]
  events: { id: string; by: Actor }[]
  comments: { id: string; by: Actor }[]
  registrations: { id: string; by: Actor }[]
}

const mostRemembered = 40
/** After so many acts somebody leaves, and somebody else comes. */
const actsOfALife = 12

/** @param url the router's endpoint */
export function startActors(url: string, count: number): Actors {
  const world: World = { posts: [], events: [], comments: [], registrations: [] }
  let isStopped = false
  const done: string[] = []
  let people = 0

  /** The payload of a mutation; undefined when anything kept it from being made. */
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
        errors?: unknown[]
      }
      if (errors || !data?.[name]) return undefined
      done.push(name)
      return data[name]
    } catch {
      return undefined
    }
  }

  async function signUp(): Promise<Actor | undefined> {
    const handle = `actor_${++people}`
    const password = `${handle} acts`
    const input = { handle, displayName: handle, email: `${handle}@agora.example`, password }
    const payload = await mutate('signUp', input, 'session { accessToken }')
    const token = payload?.['session']?.accessToken
    return token === undefined ? undefined : { token, password }
  }

  function remember(kind: keyof World, id: string | undefined, by: Actor): void {
    if (id === undefined) return
    world[kind].push({ id, by })
    if (world[kind].length > mostRemembered) world[kind].shift()
  }

  /** One that is taken out, so that it is not acted on again. */
  function take(kind: keyof World): { id: string; by: Actor } | undefined {
    const [taken] = world[kind].splice(Math.floor(Math.random() * world[kind].length), 1)
    return taken
  }

  const acts: { weight: number; act: (actor: Actor) => Promise<void> }[] = [
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
        const comment = take('comments')
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
        const post = take('posts')
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
        const registration = take('registrations')
        if (!registration) return
        const input = { registrationId: registration.id }
        await mutate('cancelRegistration', input, 'registration { id }', registration.by)
      },
    },
    {
      weight: 1,
      async act() {
        const event = take('events')
        if (event) await mutate('cancelEvent', { eventId: event.id }, 'event { id }', event.by)
      },
    },
  ]

  async function live(): Promise<void> {
    while (!isStopped) {
      const actor = await signUp()
      if (!actor) continue
      for (let act = 0; act < actsOfALife && !isStopped; act++) await draw(acts).act(actor)
      await mutate('deleteAccount', { password: actor.password }, 'deletedUserId', actor)
    }
  }

  const lives = Array.from({ length: count }, live)
  return {
    countCompleted: (name) => (name === undefined ? done : done.filter((each) => each === name)).length,
    async stop() {
      isStopped = true
      await Promise.all(lives)
    },
  }
}

/** The objects of a payload, as far as the actors look at them. */
type Payload = Partial<Record<string, { id?: string; accessToken?: string } | null>>

function pick<Item>(items: readonly Item[]): Item | undefined {
  return items[Math.floor(Math.random() * items.length)]
}

function draw<Item extends { weight: number }>(items: readonly Item[]): Item {
  let left = Math.random() * items.reduce((sum, { weight }) => sum + weight, 0)
  const drawn = items.find(({ weight }) => (left -= weight) < 0) ?? items[0]
  if (!drawn) throw new Error('There is nothing to draw from.')
  return drawn
}
