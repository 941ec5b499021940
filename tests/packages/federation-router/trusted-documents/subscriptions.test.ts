import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import {
  commentAdded,
  expectCompletedEvents,
  subscribeOverSse,
  subscribeOverWebSocket,
  useCommunity,
  waitForEnd,
} from '../../../support/federation-router/community'
import { createTestWorkspace } from '../../../support/processes'

const { folder, cleanUp } = createTestWorkspace()
afterAll(cleanUp)

const { community, start } = useCommunity()

describe.each([
  ['server-sent events', subscribeOverSse],
  ['WebSockets', subscribeOverWebSocket],
])('trusted documents over %s', (_protocol, subscribe) => {
  beforeEach(() => {
    const file = join(folder(), 'manifest.json')
    writeFileSync(file, JSON.stringify({ commentAdded }))
    return start({ TRUSTED_DOCUMENTS: 'require', TRUSTED_DOCUMENTS_FILE: file })
  })

  it('deliver the events of a subscription', async () => {
    const subscription = await subscribe(community, { query: '', documentId: 'commentAdded' })
    await expectCompletedEvents(community, subscription)
  })

  it('are the only ones that are allowed', async () => {
    const subscription = await subscribe(community, { query: `${commentAdded}\n` })
    await waitForEnd(subscription)
    expect(JSON.stringify([subscription.events, subscription.error])).toContain('DOCUMENT_NOT_TRUSTED')
  })
})
