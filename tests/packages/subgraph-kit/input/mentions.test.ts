import { findMentions } from '../../../../packages/subgraph-kit/input'

it.each([
  ['@ada', ['ada']],
  ['Hello @Ada, (@grace_h) and **@alan**.', ['ada', 'grace_h', 'alan']],
  ['@ada @ADA @ada', ['ada']],
  ['ada@example.org, ada.@example, https://example.org/@ada and @ada@example.org', []],
  ['@ab and @' + 'a'.repeat(31), []],
  ['`@code` and ``@more`` but @ada', ['ada']],
  ['a ` backtick and @ada', ['ada']],
  ['```\n@code\n```\n@ada', ['ada']],
  ['~~~java\n@Override', []],
  ['@äda and é@ada', []],
  ['', []],
])('finds the mentions of %j', (markdown, expected) => {
  expect(findMentions(markdown)).toEqual(expected)
})

it('finds the first 20 people', () => {
  const handles = Array.from({ length: 25 }, (_, index) => `person_${index}`)
  expect(findMentions(handles.map((handle) => `@${handle}`).join(' '))).toEqual(handles.slice(0, 20))
})
