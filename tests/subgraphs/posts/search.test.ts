import { createViewer } from '../../support/subgraph'
import { makePost, mutate, startPosts, type TestPosts } from './support'

let posts: TestPosts
beforeAll(async () => {
  posts = await startPosts()
})
afterAll(() => posts.close())

const document = `query ($search: String!, $tag: String, $first: Int, $after: String, $last: Int, $before: String, $orderBy: PostOrder! = RELEVANCE) {
  posts(filter: { search: $search, tag: $tag }, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    totalCount
    nodes { title }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`

interface Found {
  totalCount: number
  nodes: { title: string }[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string }
}
const find = async (search: string, variables: object = {}): Promise<Found> =>
  (await posts.query(document, { search, ...variables })).posts
const titles = async (search: string, variables: object = {}) =>
  (await find(search, variables)).nodes.map(({ title }) => title)

describe('a search', () => {
  beforeAll(() =>
    posts.seed([
      makePost({ title: 'ranked: zeppelin', body: 'Nothing more.' }),
      makePost({ title: 'ranked: by tag', body: 'Nothing more.', tags: ['zeppelin'] }),
      makePost({ title: 'ranked: by body, often', body: 'A zeppelin is a zeppelin is a zeppelin.' }),
      makePost({
        title: 'ranked: by body, once',
        body: 'In a long text about many other things, one zeppelin.',
      }),
      makePost({ title: 'ranked: not at all', body: 'A balloon.' }),
    ]),
  )

  it('ranks titles before tags before bodies, and more matches before fewer', async () => {
    expect(await titles('zeppelin')).toEqual([
      'ranked: zeppelin',
      'ranked: by tag',
      'ranked: by body, often',
      'ranked: by body, once',
    ])
  })

  it('requires every word, in any of the fields', async () => {
    expect(await titles('ranked zeppelin balloon')).toEqual([])
    expect(await titles('balloon ranked')).toEqual(['ranked: not at all'])
    expect(await titles('tag ZEPPELIN')).toEqual(['ranked: by tag'])
  })

  it('matches whole words, and the beginning of words by the last one, after whole ones', async () => {
    expect(await titles('zeppel ranked')).toEqual([])
    expect(await titles('ranked zeppel')).toHaveLength(4)
    expect(await titles('zeppel ')).toEqual([])
    expect((await find('zeppel')).totalCount).toBe(4)
    const made = [
      { title: 'Gondola' },
      { title: 'Gondolier', tags: ['venice'] },
      { title: 'Boats', body: 'A gondola' },
    ]
    await posts.seed(made.map(makePost))
    expect(await titles('gondola')).toEqual(['Gondola', 'Boats'])
    expect(await titles('gondol')).toEqual(expect.arrayContaining(['Gondola', 'Gondolier', 'Boats']))
    expect(await titles('venice gondol')).toEqual(['Gondolier'])
    expect(await titles('gondol venice')).toEqual([])
    await posts.seed([makePost({ title: 'Gondolas and gondolaman' }), makePost({ title: 'Gondolaman' })])
    // A whole word counts more than its beginning.
    expect((await titles('gondola')).slice(-1)).not.toEqual(['Gondolas and gondolaman'])
    expect(await titles('gondola')).toHaveLength(4)
  })

  it('matches phrases in quotes, and excludes words and phrases with a minus', async () => {
    expect(await titles('"one zeppelin"')).toEqual(['ranked: by body, once'])
    expect(await titles('"zeppelin one"')).toEqual([])
    expect(await titles('ranked -zeppelin')).toEqual(['ranked: not at all'])
    expect(await titles('zeppelin -"nothing more" ')).toHaveLength(2)
    expect((await find('ranked -zeppelin')).totalCount).toBe(1)
    // There is nothing to look up.
    expect(await titles('-zeppelin')).toEqual([])
  })

  it('distinguishes C, C++ and C#', async () => {
    await posts.seed(
      ['Plain C', 'Modern C++', 'Sharp C#'].map((title) => makePost({ title, tags: ['compiled'] })),
    )
    for (const [search, title] of [
      ['c', 'Plain C'],
      ['C++', 'Modern C++'],
      ['c#', 'Sharp C#'],
    ] as const) {
      expect(await titles(search, { tag: 'compiled' })).toEqual([title])
    }
  })

  it('counts a blank search as absent', async () => {
    const all = await titles(' ', { orderBy: 'PUBLISHED_AT_DESC' })
    expect(all).toContain('ranked: not at all')
    await expect(find(' ')).rejects.toThrow('BAD_USER_INPUT')
  })

  it('returns the number of matches as totalCount', async () => {
    expect((await find('zeppelin', { first: 1 })).totalCount).toBe(4)
  })

  it('can be combined with other orders and filters', async () => {
    expect(await titles('zeppelin', { tag: 'Zeppelin' })).toEqual(['ranked: by tag'])
    expect(await titles('zeppelin', { orderBy: 'PUBLISHED_AT_ASC' })).toHaveLength(4)
  })

  it('treats operators of MongoDB and of regular expressions as text', async () => {
    for (const search of [
      '"zeppelin"',
      'zeppelin.* ',
      '(zeppelin ',
      'zeppelin$ ',
      '{"$ne":1} zeppelin '.slice(9),
    ]) {
      expect(await titles(search)).toHaveLength(4)
    }
    expect(await titles('.* ranked ')).toHaveLength(5)
    expect(await titles('.*')).toEqual([])
  })
})

describe('a search in other languages', () => {
  const written: [string, string][] = [
    ['French', "L’événement d'été à l'Œuvre: où sont les élèves de Saint-Étienne?"],
    ['German', 'Die Straße zum Fußballplatz ist gesperrt, Übungen fallen aus.'],
    ['Spanish', 'Mañana celebramos el cumpleaños del niño en Málaga.'],
    ['Polish', 'Zażółć gęślą jaźń w Łodzi.'],
    ['Turkish', 'İstanbul’da ılık bir akşam.'],
    ['Vietnamese', 'Phở bò ở Hà Nội rất ngon.'],
    ['Russian', 'Ёлка стоит у моря, а ёж спит под ней.'],
    ['Greek', 'Ο δρόμος για την Αθήνα είναι μακρύς, οδός Ερμού.'],
    ['Hebrew', 'שָׁלוֹם עולם'],
    ['Arabic', 'مَرْحَبًا بالعالم'],
    ['Hindi', 'नमस्ते दुनिया, हिन्दी में लिखा है।'],
    ['Japanese', '東京都で猫のカフェを楽しむ。ﾊﾟｰﾃｨｰもあります。'],
    ['Chinese', '我喜欢北京的咖啡馆和图书馆。'],
    ['Korean', '서울에서 만나요, 도서관으로 오세요.'],
    ['Thai', 'ฉันรักกรุงเทพมหานครและอาหารไทย'],
    ['English', "Don't stop: C++ and node.js in full-width ＡＢＣ."],
  ]
  beforeAll(() => posts.seed(written.map(([title, body]) => makePost({ title, body, tags: ['language'] }))))

  it.each([
    ['événement', 'French'],
    ['evenement', 'French'],
    ['événements élève', 'French'],
    ['ÉTÉ', 'French'],
    ["l'oeuvre", 'French'],
    ['saint étienne eleves', 'French'],
    ['strasse', 'German'],
    ['STRASSE übungen', 'German'],
    ['straße ubungen', 'German'],
    ['manana', 'Spanish'],
    ['niño', 'Spanish'],
    ['zazolc lodzi', 'Polish'],
    ['istanbul', 'Turkish'],
    ['ILIK', 'Turkish'],
    ['pho ha noi', 'Vietnamese'],
    ['ЕЛКА', 'Russian'],
    ['ёж моря', 'Russian'],
    ['αθηνα', 'Greek'],
    ['ΟΔΟΣ', 'Greek'],
    ['שלום', 'Hebrew'],
    ['مرحبا', 'Arabic'],
    ['हिन्दी', 'Hindi'],
    ['猫', 'Japanese'],
    ['東京', 'Japanese'],
    ['カフェ', 'Japanese'],
    ['パーティー', 'Japanese'],
    ['猫カフェ'.slice(1) + ' 東京都', 'Japanese'],
    ['咖啡', 'Chinese'],
    ['咖啡馆', 'Chinese'],
    ['北京 图书馆', 'Chinese'],
    ['서울', 'Korean'],
    ['도서관', 'Korean'],
    ['กรุงเทพ', 'Thai'],
    ['อาหาร กรุงเทพ', 'Thai'],
    ['node.js', 'English'],
    ["don't", 'English'],
    ['abc', 'English'],
  ])('for %s finds the post in %s', async (search, language) => {
    expect(await titles(search, { tag: 'language' })).toEqual([language])
  })

  it.each([
    ['京東', 'characters in another order'],
    ['猫カフェ', 'characters that are not adjacent'],
    ['हिन्द ', 'a prefix that is complete'],
    ['rue', 'an absent word'],
  ])('for %s finds nothing: %s', async (search) => {
    expect(await titles(search, { tag: 'language' })).toEqual([])
  })
})

describe('pages of a search', () => {
  beforeAll(() =>
    posts.seed(
      Array.from({ length: 23 }, (_, index) =>
        // Several posts have equal scores.
        makePost({ title: `paged ${index}`, body: 'quokka '.repeat(1 + (index % 4)), tags: ['quokkas'] }),
      ),
    ),
  )

  it('contain each post once in both directions, also with equal scores', async () => {
    const all = await titles('quokka', { first: 100 })
    expect(new Set(all).size).toBe(23)
    const forwards: string[] = []
    for (let after: string | null = null; ;) {
      const page: Found = await find('quokka', { first: 4, after })
      forwards.push(...page.nodes.map(({ title }) => title))
      if (!page.pageInfo.hasNextPage) break
      after = page.pageInfo.endCursor
    }
    expect(forwards).toEqual(all)
    const backwards: string[] = []
    for (let before: string | null = null; ;) {
      const page: Found = await find('quokka', { last: 4, before })
      backwards.unshift(...page.nodes.map(({ title }) => title))
      if (!page.pageInfo.hasPreviousPage) break
      before = page.pageInfo.startCursor
    }
    expect(backwards).toEqual(all)
  })

  it('reject the cursor of another search', async () => {
    const { pageInfo } = await find('quokka', { first: 1 })
    await expect(find('paged', { after: pageInfo.endCursor })).rejects.toThrow('BAD_USER_INPUT')
  })
})

describe('an updated post', () => {
  it('is found by its current texts only', async () => {
    const viewer = createViewer()
    const input = { title: 'Wombat', body: 'about burrows', tags: ['marsupial'], publish: true }
    const { payload } = await mutate(posts, 'createPost', input, viewer)
    const postId: string = payload.post.id
    expect(await titles('wombat')).toEqual(['Wombat'])
    await mutate(posts, 'updatePost', { postId, title: 'Numbat' }, viewer)
    expect(await titles('wombat')).toEqual([])
    expect(await titles('burrow numbat marsupial')).toEqual(['Numbat'])
    expect(await titles('burrow marsupial numb')).toEqual(['Numbat'])
    expect(await titles('womb')).toEqual([])
    await mutate(posts, 'updatePost', { postId, body: 'about termites', tags: [] }, viewer)
    expect(await titles('burrows')).toEqual([])
    expect(await titles('marsupial')).toEqual([])
    expect(await titles('termite numbat')).toEqual(['Numbat'])
  })
})
