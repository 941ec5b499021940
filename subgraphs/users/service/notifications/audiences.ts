import type { Audience, NotificationCause } from '../../domain/notifications/cause'
import type { Recipient } from '../../domain/notifications/recipient'
import type { NotificationTemplate } from '../../domain/notifications/templates'
import type { NotificationSubject, SubjectSource } from './subjectSource'

interface AudienceDependencies {
  subjects: SubjectSource
  readAdministratorIds(): Promise<readonly string[]>
}

/** The people of one audience. */
interface AudienceGroup {
  template: NotificationTemplate
  ids: readonly string[]
  handles: readonly string[]
  includes(recipient: Recipient): boolean
}

/** A cause with the people whom it concerns, in the order of its audiences. */
export interface AddressedCause {
  cause: NotificationCause
  /** The post or event whose title is part of the text; undefined without one, or if it does not exist any more. */
  subject: NotificationSubject | undefined
  groups: readonly AudienceGroup[]
}

/** Yields causes with their people in pages: the registered users of an event are in pages of their own. */
export async function* resolveAudiences(
  { subjects, readAdministratorIds }: AudienceDependencies,
  causes: readonly NotificationCause[],
): AsyncGenerator<AddressedCause[]> {
  const subjectIds = new Set(causes.flatMap(({ titleId }) => titleId ?? []))
  const found = await subjects.findSubjects([...subjectIds])
  const needsAdministrators = causes.some(({ audiences }) =>
    audiences.some(({ audience }) => audience.kind === 'administrators'),
  )
  const administratorIds = needsAdministrators ? await readAdministratorIds() : []

  function resolve(audience: Audience): Pick<AudienceGroup, 'ids' | 'handles'> {
    switch (audience.kind) {
      case 'users':
        return { ids: audience.ids, handles: [] }
      case 'handles':
        return { ids: [], handles: audience.handles }
      case 'author':
        return { ids: [found.get(audience.postId)?.authorId ?? []].flat(), handles: [] }
      case 'administrators':
        return { ids: administratorIds, handles: [] }
      case 'registered':
        return { ids: [], handles: [] }
    }
  }

  const address = (cause: NotificationCause, groups: readonly AudienceGroup[]): AddressedCause => ({
    cause,
    subject: cause.titleId === null ? undefined : found.get(cause.titleId),
    groups,
  })

  yield causes.map((cause) =>
    address(
      cause,
      cause.audiences.map(({ template, audience }) => createGroup(template, resolve(audience))),
    ),
  )
  for (const cause of causes) {
    for (const { template, audience } of cause.audiences) {
      if (audience.kind !== 'registered') continue
      for await (const ids of subjects.readRegisteredUserIds(audience.eventId, audience.confirmedOnly))
        yield [address(cause, [createGroup(template, { ids, handles: [] })])]
    }
  }
}

function createGroup(
  template: NotificationTemplate,
  { ids, handles }: Pick<AudienceGroup, 'ids' | 'handles'>,
): AudienceGroup {
  const [idSet, handleSet] = [new Set(ids), new Set(handles)]
  return { template, ids, handles, includes: ({ id, handle }) => idSet.has(id) || handleSet.has(handle) }
}
