/** The posts and comments of the demo community. Times are in hours, relative like those in community.ts. */

export interface DemoComment {
  author: string
  body: string
  hoursLater: number
  /** Hidden by a moderator. */
  isHidden?: true
  replies?: readonly DemoComment[]
}

interface DemoPost {
  title: string
  body: string
  author: string
  hoursAgo: number
  tags: string[]
  event?: string
  comments: readonly DemoComment[]
}

export const demoPosts: readonly DemoPost[] = [
  {
    title: 'Welcome to the Harbour Workshop',
    body: '# Hello!\n\nThis is a demo community: look around, sign in as one of us, break things.\n\n- **Events** have seats and a waitlist.\n- **Posts** are Markdown.\n- **Comments** go as deep as you like (fifty levels).\n\nThe door is open on Saturdays.',
    author: 'ada',
    hoursAgo: 700,
    tags: ['welcome'],
    comments: [
      {
        author: 'noor',
        body: 'Found you through a friend. Do I need to know anything before I come?',
        hoursLater: 5,
        replies: [
          {
            author: 'tomas',
            body: 'Only where the first-aid box is: left of the door.',
            hoursLater: 6,
            replies: [{ author: 'noor', body: 'Reassuring. 😅', hoursLater: 7 }],
          },
        ],
      },
      { author: 'luc', body: 'Bienvenue à tous !', hoursLater: 20 },
    ],
  },
  {
    title: 'A radio from 1958 plays again',
    body: 'Three capacitors and one *very* dead mouse later, the set from the flea market receives medium wave.\n\n```\nC12  47 nF  -> replaced\nC14  22 nF  -> replaced\nC31   8 µF  -> replaced\n```\n\n真空管はまだ元気です。',
    author: 'mei',
    hoursAgo: 310,
    tags: ['repair', 'radio'],
    event: 'repair-cafe',
    comments: [
      {
        author: 'sofia',
        body: 'What did you use to align it?',
        hoursLater: 2,
        replies: [{ author: 'mei', body: 'A signal generator that is older than I am.', hoursLater: 3 }],
      },
      { author: 'jonas', body: 'Poor mouse.', hoursLater: 4 },
      { author: 'ada', body: 'Please bring it to the repair café!', hoursLater: 30 },
    ],
  },
  {
    title: 'Soil sensors that survive the winter',
    body: 'Capacitive ones, potted in resin, read every ten minutes over LoRa. After one winter: 11 of 12 alive.\n\nThe code and the numbers are in the shared folder.',
    author: 'sofia',
    hoursAgo: 150,
    tags: ['sensors', 'garden'],
    comments: [
      { author: 'amara', body: 'Which resin? Mine yellowed and cracked.', hoursLater: 8 },
      {
        author: 'tomas',
        body: 'And the twelfth?',
        hoursLater: 9,
        replies: [{ author: 'sofia', body: 'A mole. We do not speak of it.', hoursLater: 10 }],
      },
    ],
  },
  {
    title: 'Petit guide du papier pour la typographie',
    body: "Le papier compte autant que l'encre. Évitez le couché ; préférez le coton, 250 à 300 g.\n\n> « Un bon foulage se sent du bout des doigts. »\n\nJ'apporte des échantillons à la soirée.",
    author: 'luc',
    hoursAgo: 96,
    tags: ['print', 'paper'],
    event: 'letterpress',
    comments: [
      { author: 'amara', body: 'Does handmade paper work, or does it fall apart?', hoursLater: 3 },
      { author: 'mei', body: '和紙も持って行きます。', hoursLater: 12 },
    ],
  },
  {
    title: 'First weld that held',
    body: 'It is ugly, it is a bracket, and I am not taking questions.\n\nThanks to everyone who stood next to me with the extinguisher.',
    author: 'noor',
    hoursAgo: 30,
    tags: ['welding', 'beginners-welcome'],
    comments: [
      { author: 'jonas', body: 'Ugly and strong is the right order to learn it in.', hoursLater: 1 },
      { author: 'ada', body: 'Frame it.', hoursLater: 2 },
      {
        author: 'luc',
        body: 'Presse à vendre, prix cassé, offre valable ce soir seulement ! Écrivez-moi !!!',
        hoursLater: 3,
        isHidden: true,
      },
      {
        author: 'tomas',
        body: 'Next: the workbench that has wobbled since spring?',
        hoursLater: 4,
        replies: [{ author: 'noor', body: 'Give me a month.', hoursLater: 5 }],
      },
    ],
  },
]
