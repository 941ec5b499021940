import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { newId } from '../../../schema/ids'
import { createImportedBackup, dropDatabases, readIndexes, type ImportedBackup } from './support'

// Documents as they are in a backup when others change during it.

interface Document {
  _id: string
  [field: string]: unknown
}

const [renamed, successor] = [`usr_${'a'.repeat(32)}`, `usr_${'b'.repeat(32)}`]
const [mover, claimant] = [`usr_${'c'.repeat(32)}`, `usr_${'d'.repeat(32)}`]
const [unlinked, linked] = [`usr_${'1'.repeat(32)}`, `usr_${'2'.repeat(32)}`]
const newAddress = { address: 'new@agora.example', emailKey: 'new@agora.example', requestedAt: new Date() }
const sameAddress = {
  email: 'Same@agora.example',
  emailKey: 'same@agora.example',
  emailVerifiedAt: new Date(),
}
const identity = { provider: 'acme', key: 'https://issuer.example ada', linkedAt: new Date() }
const [keeper, taker] = [`usr_${'e'.repeat(32)}`, `usr_${'f'.repeat(32)}`]
const [promoted, demoted] = [newId('User'), newId('User')]
const registry = { _id: 'ledger', version: 3, administrators: [promoted, newId('User')], pending: null }
const [reply, answer] = [newId('Comment'), newId('Comment')]

let backup: ImportedBackup
beforeAll(async () => {
  backup = await createImportedBackup()
  await users().dropIndexes()
  const account = { displayName: 'Someone', role: 'MEMBER', sessionEpoch: 0, roleVersion: 0 }
  await users().insertMany([
    { _id: renamed, handle: 'popular', emailKey: 'one@agora.example', ...account },
    { _id: successor, handle: 'popular', emailKey: 'two@agora.example', ...account },
    {
      _id: mover,
      handle: 'mover',
      ...sameAddress,
      passwordHash: 'hash',
      verification: newAddress,
      ...account,
    },
    { _id: claimant, handle: 'claimant', ...sameAddress, ...account },
    { _id: unlinked, handle: 'unlinked', identities: [identity], ...account },
    { _id: linked, handle: 'linked', identities: [identity], ...account },
    {
      _id: keeper,
      handle: 'keeper',
      handles: [{ name: 'keeper' }, { name: 'released', reservedUntil: new Date() }],
      ...account,
    },
    { _id: taker, handle: 'released', handles: [{ name: 'released' }], ...account },
    { _id: promoted, handle: 'promoted', ...account },
    { _id: demoted, handle: 'demoted', ...account, role: 'ADMIN' },
  ])
  await roles().replaceOne({ _id: registry._id }, registry, { upsert: true })
  await comments().insertMany([
    { _id: reply, postId: newId('Post'), parentId: newId('Comment') },
    { _id: answer, postId: newId('Post'), parentId: reply },
  ])
  const folder = join(backup.workspace.folder(), 'backup')
  await backup.backUp(folder)
  copyUserIndexes(backup.folder, folder)
  await dropDatabases(backup.databases)
  expect(await backup.restore(folder)).toMatchObject({ code: 0 })
})
afterAll(() => backup.close())

const users = () => backup.databases.connection('users').collection<Document>('users')
const roles = () => backup.databases.connection('users').collection<Document>('roles')
const comments = () => backup.databases.connection('comments').collection<Document>('comments')

interface UsersManifest {
  databases: { users: { collections: { name: string; indexes: object[] }[] } }
}

/** Copies the definitions of the indexes of users, which the second backup lacks, from one manifest to another. */
function copyUserIndexes(from: string, to: string): void {
  const read = (folder: string): UsersManifest =>
    JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
  const findUsers = (manifest: UsersManifest) =>
    manifest.databases.users.collections.find(({ name }) => name === 'users')
  const manifest = read(to)
  const [source, target] = [findUsers(read(from)), findUsers(manifest)]
  if (!source || !target) throw new Error('A backup contains no users.')
  target.indexes = source.indexes
  writeFileSync(join(to, 'manifest.json'), JSON.stringify(manifest))
}

it('ends a reservation that another account has got in the meantime', async () => {
  expect(await users().findOne({ _id: keeper })).toMatchObject({
    handle: 'keeper',
    handles: [{ name: 'keeper' }],
  })
  expect((await users().findOne({ _id: taker }))?.['handle']).toBe('released')
})

it('gives a handle to the account that was copied later', async () => {
  expect((await users().findOne({ _id: successor }))?.['handle']).toBe('popular')
  expect((await users().findOne({ _id: renamed }))?.['handle']).toMatch(/^popular_\w+$/)
})

it('keeps both accounts of one address, and leaves the address to the one that was copied later', async () => {
  const outdated = await users().findOne({ _id: mover })
  expect(outdated).toMatchObject({ handle: 'mover', email: null, passwordHash: 'hash' })
  for (const field of ['emailKey', 'emailVerifiedAt']) expect(outdated).not.toHaveProperty(field)
  expect(await users().findOne({ _id: claimant })).toMatchObject(sameAddress)
})

it('keeps the verification of the address that replaces a lost one', async () => {
  expect(await users().findOne({ _id: mover })).toMatchObject({ verification: newAddress })
})

it('leaves an identity to the account that was copied later', async () => {
  expect(await users().findOne({ _id: unlinked })).toMatchObject({ identities: [] })
  expect(await users().findOne({ _id: linked })).toMatchObject({ identities: [identity] })
})

it('creates the unique indexes', async () => {
  const indexes = await readIndexes(backup.databases)
  expect(indexes['users.users']).toEqual(backup.indexes['users.users'])
})

it('gives the role of an administrator to those of the registry only', async () => {
  expect(await users().findOne({ _id: promoted })).toMatchObject({ role: 'ADMIN' })
  expect(await users().findOne({ _id: demoted })).toMatchObject({ role: 'MEMBER' })
  expect(await roles().findOne()).toEqual({ ...registry, administrators: [promoted] })
})

it('deletes replies whose parent is missing, and those below them', async () => {
  expect(await comments().countDocuments()).toBe(backup.contents['comments']?.length)
  expect(await comments().countDocuments({ _id: { $in: [reply, answer] } })).toBe(0)
})
