import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import { createRandom } from '../../bench/random'

/** The numbers of rows of a generated dump. */
interface GeneratedDump {
  users: number
  questions: number
  answers: number
  comments: number
}

const words = [
  'lantern',
  'été',
  '漢字',
  'a &amp;lt; b',
  '&lt;b&gt;bold&lt;/b&gt;',
  '&lt;code&gt;x = 1&lt;/code&gt;',
  'kiln',
]
const date = 'CreationDate="2015-05-05T05:05:05.055"'

/**
 * Generates a Stack Exchange dump of about `bytes`. Most posts are short with few comments, some are long with thousands.
 */
export async function writeGeneratedDump(folder: string, bytes: number, seed = 1): Promise<GeneratedDump> {
  const random = createRandom(seed)
  const counts: GeneratedDump = { users: Math.ceil(bytes / 10_000), questions: 0, answers: 0, comments: 0 }
  const drawBelow = (limit: number) => Math.floor(random() * limit)
  // Pareto distribution.
  const drawPareto = (min: number, max: number) => Math.min(max, Math.floor(min / (1 - random()) ** 1.1))
  const prose = (length: number) => Array.from({ length }, () => words[drawBelow(words.length)]).join(' ')
  const paragraphs = Array.from({ length: 500 }, () => `&lt;p&gt;${prose(10 + drawBelow(60))}&lt;/p&gt;&#xA;`)
  const body = (length: number) => Array.from({ length }, () => paragraphs[drawBelow(500)]).join('')

  function* users() {
    for (let id = 1; id <= counts.users; id++)
      yield `  <row Id="${id}" DisplayName="Person ${id}" ${date} AboutMe="${body(1)}" />\n`
  }
  function* posts() {
    const questions: number[] = []
    for (let id = 1, written = 0; written < bytes * 0.55; id++) {
      const isQuestion = id === 1 || random() < 0.4
      if (isQuestion) counts.questions = questions.push(id)
      else counts.answers++
      // The first questions get most of the answers.
      const parent = questions[drawBelow(questions.length * random() ** 2)]
      const type = isQuestion
        ? `PostTypeId="1" Title="Question ${id}" Tags="|made|"`
        : `PostTypeId="2" ParentId="${parent}"`
      const row = `  <row Id="${id}" ${type} ${date} OwnerUserId="${1 + drawBelow(counts.users)}" Body="${body(drawPareto(1, 60))}" />\n`
      written += row.length
      yield row
    }
  }
  function* comments() {
    const count = counts.questions + counts.answers
    for (let post = 1, written = 0; written < bytes * 0.35; post = (post % count) + 1) {
      for (let left = drawPareto(1, 5000) - 1; left > 0; left--) {
        const row = `  <row Id="${++counts.comments}" PostId="${post}" Text="${prose(15)}" ${date} UserId="${1 + drawBelow(counts.users)}" />\n`
        written += row.length
        yield row
      }
    }
  }

  const write = async (name: string, rows: Generator<string>) => {
    const root = name.toLowerCase()
    function* file() {
      yield `\ufeff<?xml version="1.0" encoding="utf-8"?>\n<${root}>\n`
      yield* rows
      yield `</${root}>\n`
    }
    await pipeline(Readable.from(file()), createWriteStream(join(folder, `${name}.xml`)))
  }
  await write('Users', users())
  await write('Posts', posts())
  await write('Comments', comments())
  return counts
}
