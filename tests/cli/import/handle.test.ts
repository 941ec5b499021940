import { deriveHandle, deriveAlternativeHandle } from '../../../cli/import/handle'

const handle = (name: string, rowId = '12', site?: string) =>
  deriveHandle({ name, fallback: 'member', rowId, site })

it.each([
  ['Nick Craver', '2', 'nick_craver_2'],
  ['ann_lee', '3', 'ann_lee_3'],
  ["O'Brien “the” <b>", '16', 'obrien_the_b_16'],
  ['Loïc Straße', '5', 'loic_strasse_5'],
  ['Юлия Ёлкина', '5', 'yuliya_yolkina_5'],
  ['永劫回帰', '4', 'yong_jie_hui_gui_4'],
  ['😀🎉', '6', 'member_6'],
  ['', '7', 'member_7'],
  ['x', '1', 'x_1'],
  ['Community', '-1', 'community_n1'],
  ['The Quite Exceptionally Long Name Of Somebody', '8', 'the_quite_exceptionally_long_8'],
])('%s, row %s: %s', (name, rowId, expected) => {
  expect(handle(name, rowId)).toBe(expected)
})

it('returns valid handles for any name and row ID', () => {
  const names = ['a'.repeat(100), '_'.repeat(9), '1', '漢'.repeat(60), 'a b '.repeat(20), 'ไทย', 'العربية']
  const rows = ['0', '-5', '12345678901', '123456789012345678', 'qhzgjnywqbvb', 'Ünï/../x']
  for (const name of names)
    for (const row of rows)
      for (const site of [undefined, 'a', 'stack-overflow-in-french'])
        expect(handle(name, row, site)).toMatch(/^[a-z0-9][a-z0-9_]{1,28}[a-z0-9]$/)
})

it('returns different handles for different rows, even if names contain numbers or are truncated', () => {
  const pairs: [string, string][] = [
    ['Ann', '12'],
    ['Ann 1', '2'],
    ['Ann_12', '2'],
    ['Ann', '-12'],
    ['Ann n12', '1'],
    ['Ann', 'n12'],
    ['Ann', '012'],
    ['Ann Ann Ann Ann Ann Ann Ann Ann', '121'],
    ['Ann Ann Ann Ann Ann Ann Ann Ann', '12'],
  ]
  expect(new Set(pairs.map(([name, row]) => handle(name, row))).size).toBe(pairs.length)
})

it('returns different handles for the same row of two sites', () => {
  expect(handle('Ann', '12', 'french')).toBe('ann_french_12')
  expect(handle('Ann', '12', 'german')).toBe('ann_german_12')
})

it('derives a valid alternative deterministically', () => {
  const other = deriveAlternativeHandle('the_quite_exceptionally_long_8', 'usr_0')
  expect(other).toMatch(/^the_quite_excepti_[a-z0-9]{13}$|^the_quite_except_[a-z0-9]{13}$/)
  expect(other).toBe(deriveAlternativeHandle('the_quite_exceptionally_long_8', 'usr_0'))
  expect(other).not.toBe(deriveAlternativeHandle('the_quite_exceptionally_long_8', 'usr_1'))
  expect(other.length).toBeLessThanOrEqual(30)
})
