import { LongInteger, parseJson, stringifyJson } from '../../../packages/platform'

const long = '12345678901234567890'

describe('parseJson', () => {
  it('keeps the digits of long integers, beside strings that look like them', () => {
    const text = `{"a":[${long},-${long},[1,"x"]],"b":"${long}","c":"\\"${long}\\\\","__proto__":{"d":${long}},"${long}":{}}`
    expect(stringifyJson(parseJson(text))).toBe(text)
  })

  it('does not assign a prototype', () => {
    const value = parseJson(`{"__proto__":[${long}]}`)
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })

  it('refuses a string without an end in one pass, with as many escapes as a request can have', () => {
    expect(() => parseJson(`{"a":${long},"b":"${'\\"'.repeat(700_000)}`)).toThrow(SyntaxError)
    expect(() => parseJson(`{"a":${long},"b":"${'\\"'.repeat(700_000)}\\`)).toThrow(SyntaxError)
  })

  it('parses values of any depth', () => {
    const depth = 100_000
    let value = parseJson('['.repeat(depth) + long + ']'.repeat(depth))
    for (let level = 0; level < depth; level++) value = Array.isArray(value) ? value[0] : undefined
    expect(value).toStrictEqual(new LongInteger(long))
  })

  it('parses numbers of 100,000 digits, and infinite ones as JSON does', () => {
    const digits = '9'.repeat(100_000)
    expect(stringifyJson(parseJson(`[${digits},1e400]`))).toBe(`[${digits},null]`)
  })
})
