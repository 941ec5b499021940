import { existsSync, readFileSync } from 'node:fs'

import { readTimeZone } from '../../../subgraphs/events/domain/timeZone'

it.each([
  ['europe/PARIS', 'Europe/Paris'],
  ['asia/kolkata', 'Asia/Kolkata'],
  ['ASIA/CALCUTTA', 'Asia/Calcutta'],
  ['america/port_of_spain', 'America/Port_of_Spain'],
  ['us/eastern', 'US/Eastern'],
  ['nz-chat', 'NZ-CHAT'],
  ['etc/gmt+5', 'Etc/GMT+5'],
  ['utc', 'UTC'],
  ['+01:00', undefined],
  ['Europe/Atlantis', undefined],
])('reads the time zone %s as %s', (name, expected) => {
  expect(readTimeZone(name)).toBe(expected)
})

const database = '/usr/share/zoneinfo/tzdata.zi'
const onDatabase = existsSync(database) ? it : it.skip

onDatabase('spells every name of the time zone database as it does', () => {
  const lines = readFileSync(database, 'utf8').split('\n')
  const names = lines.flatMap((line) => {
    const [kind, first, second] = line.split(' ')
    return kind === 'Z' ? [first ?? ''] : kind === 'L' ? [second ?? ''] : []
  })
  expect(names.length).toBeGreaterThan(500)
  const known = names.filter((name) => readTimeZone(name) !== undefined)
  expect(known.map((name) => readTimeZone(name.toLowerCase()))).toEqual(known)
})
