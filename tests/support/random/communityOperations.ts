import { mutationDocument } from '../supergraph'

/** Draws numbers and items; the same seed draws the same. */
export interface Draw {
  /** From 0 to just below 1. */
  number(): number
  /** An integer from 0 to just below a limit. */
  below(limit: number): number
  /** @throws Error for an empty list */
  item<Item>(list: readonly Item[]): Item
}

/** The IDs of all created objects, also of deleted ones. */
export interface CommunityIds {
  users: string[]
  handles: string[]
  posts: string[]
  comments: string[]
  events: string[]
  registrations: string[]
}

/** An operation with its variables. */
export interface RandomOperation {
  document: string
  variables: Record<string, unknown>
}

type Select = (draw: Draw, depth: number) => string

const tags = ['red', 'green', 'blue']

const fields: Readonly<Record<'post' | 'comment' | 'event' | 'user', readonly (string | Select)[]>> = {
  post: [
    ...['title', 'body', 'excerpt', 'imageUrl', 'tags', 'status', 'publishedAt', 'updatedAt', 'deletedAt'],
    ...['removedBy', 'viewerCanUpdate', 'viewerCanDelete', 'commentCount'],
    (draw, depth) => `author { ${select('user', draw, depth)} }`,
    (draw, depth) => `event { ${select('event', draw, depth)} }`,
    (draw, depth) => connection('comments', draw, select('comment', draw, depth)),
  ],
  comment: [
    ...['body', 'status', 'depth', 'replyCount', 'createdAt', 'editedAt', 'removedBy', 'viewerCanUpdate'],
    (draw, depth) => `author { ${select('user', draw, depth)} }`,
    (draw, depth) => `post { ${select('post', draw, depth)} }`,
    (draw, depth) => `parent { ${select('comment', draw, depth)} }`,
    (draw, depth) => connection('replies', draw, select('comment', draw, depth)),
  ],
  event: [
    ...[
      'title',
      'description',
      'status',
      'startsAt',
      'endsAt',
      'tags',
      'capacity',
      'seatsTaken',
      'seatsLeft',
    ],
    ...['waitlistCount', 'checkedInCount', 'registrationClosesAt', 'viewerCanRegister', 'viewerCanUpdate'],
    'viewerRegistration { status guestCount }',
    (draw, depth) => `organizer { ${select('user', draw, depth)} }`,
    (draw, depth) => connection('posts', draw, select('post', draw, depth)),
    (draw) => connection('registrations', draw, 'id status'),
  ],
  user: [
    ...['handle', 'displayName', 'bio', 'role', 'joinedAt', 'email', 'unreadNotificationCount'],
    'suspension { reason }',
    (draw, depth) => connection('posts', draw, select('post', draw, depth)),
    (draw, depth) => connection('comments', draw, select('comment', draw, depth)),
    (draw, depth) => connection('organizedEvents', draw, select('event', draw, depth)),
  ],
}

/** Selects the ID and some other fields; objects to this depth. */
function select(type: keyof typeof fields, draw: Draw, depth: number): string {
  const chosen = fields[type].filter(
    (field) => (typeof field === 'string' || depth > 0) && draw.number() < 0.3,
  )
  return ['id', ...chosen.map((field) => (typeof field === 'string' ? field : field(draw, depth - 1)))].join(
    ' ',
  )
}

function connection(name: string, draw: Draw, selection: string): string {
  const page = draw.item(['first: 2', 'first: 5', 'last: 3', ''])
  const more = draw.item(['', 'totalCount', 'pageInfo { hasNextPage endCursor }'])
  return `${name}${page === '' ? '' : `(${page})`} { nodes { ${selection} } ${more} }`
}

/** Draws IDs of objects, usually of new ones, so that they are changed and read repeatedly. */
function drawIds(draw: Draw, { posts, comments, events, users }: CommunityIds) {
  const drawId = (list: readonly string[]) => draw.item(draw.number() < 0.8 ? list.slice(-8) : list)
  return { post: drawId(posts), comment: drawId(comments), event: drawId(events), user: drawId(users) }
}

/**
 * Draws selections of root fields. A router plans each document that contains a new one, which takes longer than its
 * execution.
 */
export const drawSelections = (draw: Draw, count: number): string[] => [
  ...screens,
  ...Array.from({ length: count }, () => drawSelection(draw)),
]

/** Draws a screen, which is read often, so that the cache is hit, or one of the selections of {@link drawSelections}. */
export function drawQuery(draw: Draw, ids: CommunityIds, selections: readonly string[]): RandomOperation {
  const variables: Record<string, unknown> = {
    ...drawIds(draw, ids),
    handle: draw.item(ids.handles),
    tag: draw.item(tags),
    first: 2 + draw.below(3),
  }
  const selection = draw.item(draw.number() < 0.5 ? screens : selections)
  const used = [...new Set([...selection.matchAll(/\$(\w+)/g)].map(([, name = '']) => name))]
  const types: Record<string, string> = { handle: 'String!', tag: 'String', first: 'Int' }
  const declared = used.map((name) => `$${name}: ${types[name] ?? 'ID!'}`).join(', ')
  return {
    document: `query${declared === '' ? '' : `(${declared})`} { ${selection} }`,
    variables: Object.fromEntries(used.map((name) => [name, variables[name]])),
  }
}

const screens = [
  'posts(first: $first) { nodes { id title excerpt tags publishedAt commentCount author { handle displayName } } pageInfo { hasNextPage endCursor } }',
  `post(id: $post) { title body publishedAt commentCount author { handle displayName } comments(first: 20) {
    nodes { body createdAt replyCount author { handle } replies(first: 5) { nodes { body author { handle displayName } } } } pageInfo { endCursor } } }`,
  `event(id: $event) { title description startsAt capacity seatsTaken seatsLeft waitlistCount organizer { handle }
    posts(first: 3) { nodes { title excerpt author { handle } } } }`,
  'user(id: $user) { handle displayName posts(first: $first) { nodes { id title } } }',
]

function drawSelection(draw: Draw): string {
  const nodes = (type: 'post' | 'event') => `{ nodes { ${select(type, draw, 2)} } pageInfo { endCursor } }`
  return draw.item([
    () => `posts(first: $first) ${nodes('post')}`,
    () => `posts(first: $first, filter: { tag: $tag }) ${nodes('post')}`,
    () => `posts(filter: { authorId: $user }, orderBy: PUBLISHED_AT_ASC) ${nodes('post')}`,
    () => `posts(filter: { eventId: $event, statuses: [PUBLISHED, DRAFT] }) ${nodes('post')}`,
    () => `posts(orderBy: COMMENT_COUNT_DESC) ${nodes('post')}`,
    () => `events(first: $first) ${nodes('event')}`,
    () => `events(filter: { organizerId: $user }, orderBy: CREATED_AT_DESC) ${nodes('event')}`,
    () => `events(filter: { statuses: [PUBLISHED, CANCELLED, DRAFT], tag: $tag }) ${nodes('event')}`,
    () => `post(id: $post) { ${select('post', draw, 2)} }`,
    () => `comment(id: $comment) { ${select('comment', draw, 2)} }`,
    () => `event(id: $event) { ${select('event', draw, 2)} }`,
    () => `user(id: $user) { ${select('user', draw, 2)} }`,
    () => `userByHandle(handle: $handle) { ${select('user', draw, 2)} }`,
    () => `node(id: $post) { id ... on Post { ${select('post', draw, 2)} } }`,
    () => `viewer { ${select('user', draw, 1)} }`,
  ])()
}

/** Draws a mutation, which may be rejected: by the viewer's permissions, or because its object is deleted. */
export function drawMutation(draw: Draw, ids: CommunityIds): RandomOperation {
  const { post: postId, comment: commentId, event: eventId, user: userId } = drawIds(draw, ids)
  const text = `Text ${draw.below(1000)}`
  const startsAt = `2040-0${1 + draw.below(9)}-01T10:00:00Z`
  const event = { description: text, tags: [draw.item(tags)], capacity: draw.item([1, 2, 5, null]) }
  const post = { body: text, tags: [draw.item(tags)], eventId: draw.item([eventId, null]) }
  const publish = draw.number() < 0.7
  const run = (name: string, fields: string, input: object): RandomOperation => ({
    document: mutationDocument(name, fields),
    variables: { input },
  })
  const changeEvent = (name: string, input: object = {}) => run(name, 'event { id }', { eventId, ...input })
  const changeComment = (name: string, input: object = {}) =>
    run(name, 'comment { id }', { commentId, ...input })
  return draw.item([
    () => run('createPost', 'post { id }', { title: text, ...post, publish }),
    () =>
      run('updatePost', 'post { id }', {
        postId,
        ...draw.item([{ title: text }, { tags: post.tags }, post]),
      }),
    () => run('publishPost', 'post { id }', { postId }),
    () => run('deletePost', 'deletedPostId', { postId }),
    () => run('restorePost', 'post { id }', { postId }),
    () => run('addComment', 'comment { id }', { postId, body: text }),
    () => run('addComment', 'comment { id }', { postId, body: text, parentId: commentId }),
    () => changeComment('editComment', { body: text }),
    () => changeComment('deleteComment'),
    () => changeComment('hideComment'),
    () => changeComment('unhideComment'),
    () => run('createEvent', 'event { id }', { title: text, startsAt, timeZone: 'UTC', ...event, publish }),
    () =>
      changeEvent('updateEvent', draw.item([{ title: text }, { startsAt }, { capacity: event.capacity }])),
    () => changeEvent('publishEvent'),
    () => changeEvent('cancelEvent'),
    () => run('deleteEvent', 'deletedEventId', { eventId }),
    () => changeEvent('transferEvent', { userId }),
    () => run('registerForEvent', 'registration { id }', { eventId, guestCount: draw.below(2) }),
    () => run('registerForEvent', 'registration { id }', { eventId, guestCount: 0 }),
    () => run('cancelRegistration', 'registration { id }', { registrationId: draw.item(ids.registrations) }),
    () => run('updateProfile', 'user { id }', { displayName: text, bio: draw.item([text, null]) }),
    () => run('setUserRole', 'user { id }', { userId, role: draw.item(['MEMBER', 'MODERATOR']) }),
    () =>
      draw.number() < 0.1
        ? run('removeContentOf', '', { subjectId: userId, reason: text })
        : run('deletePost', 'deletedPostId', { postId }),
  ])()
}

/** Adds the IDs of the objects that a mutation has created. */
export function collectIds(ids: CommunityIds, data: unknown): void {
  for (const [, id = '', prefix = ''] of JSON.stringify(data ?? {}).matchAll(/"((pst|cmt|evt|reg)_\w+)"/g)) {
    const lists: Record<string, string[]> = {
      pst: ids.posts,
      cmt: ids.comments,
      evt: ids.events,
      reg: ids.registrations,
    }
    const list = lists[prefix]
    if (list && !list.includes(id)) list.push(id)
  }
}
