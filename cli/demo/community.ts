import type { ReportReason } from '../../subgraphs/users/domain/moderation/report'

/**
 * The fictional community of a new system. Times are in hours relative to the moment when it is loaded, so that there are
 * always upcoming events.
 */

interface DemoPerson {
  handle: string
  displayName: string
  role: 'MEMBER' | 'MODERATOR' | 'ADMIN'
  bio: string
  location: string
}

/** The accounts: `<handle>@agora.example`, with the password that `npm start` prints. */
export const demoPeople: readonly DemoPerson[] = [
  {
    handle: 'ada',
    displayName: 'Ada Lindqvist',
    role: 'ADMIN',
    bio: 'Keeps the lights on at the **Harbour Workshop**.',
    location: 'Gothenburg',
  },
  {
    handle: 'tomas',
    displayName: 'Tomás Ferreira',
    role: 'MODERATOR',
    bio: 'Woodwork, patience, coffee. Moderates with a light hand.',
    location: 'Porto',
  },
  {
    handle: 'mei',
    displayName: 'Mei Tanaka 田中芽衣',
    role: 'MEMBER',
    bio: 'Repairs radios. 直せないラジオはない。',
    location: 'Kobe',
  },
  {
    handle: 'jonas',
    displayName: 'Jonas Weber',
    role: 'MEMBER',
    bio: 'Bicycles in, bicycles out.',
    location: 'Leipzig',
  },
  {
    handle: 'amara',
    displayName: 'Amara Okoye',
    role: 'MEMBER',
    bio: 'Ceramics and glaze chemistry.',
    location: 'Lagos',
  },
  {
    handle: 'luc',
    displayName: 'Luc Moreau',
    role: 'MEMBER',
    bio: "J'imprime en typographie, à l'ancienne.",
    location: 'Lyon',
  },
  {
    handle: 'sofia',
    displayName: 'Sofia Petrova',
    role: 'MEMBER',
    bio: 'Sensors, gardens, and sensors in gardens.',
    location: 'Plovdiv',
  },
  {
    handle: 'noor',
    displayName: 'Noor Haddad',
    role: 'MEMBER',
    bio: 'Learning to weld. Still have all my eyebrows.',
    location: 'Amman',
  },
]

interface DemoEvent {
  key: string
  title: string
  description: string
  organizer: string
  startsInHours: number
  durationHours: number
  timeZone: string
  venue: { name: string; city: string; countryCode: string; latitude: number; longitude: number } | null
  tags: string[]
  capacity: number | null
  /** Handles, each with how many guests they bring. */
  attendees: Readonly<Record<string, number>>
}

const workshop = {
  name: 'Harbour Workshop, hall 2',
  city: 'Gothenburg',
  countryCode: 'SE',
  latitude: 57.7072,
  longitude: 11.9668,
}

export const demoEvents: readonly DemoEvent[] = [
  {
    key: 'repair-cafe',
    title: 'Repair café: bring what is broken',
    description:
      'Radios, toasters, zips, lamps: bring it, and we open it **together**.\n\nTools are there. Soldering is taught on the spot.',
    organizer: 'mei',
    startsInHours: 75,
    durationHours: 4,
    timeZone: 'Europe/Stockholm',
    venue: workshop,
    tags: ['repair', 'beginners-welcome'],
    capacity: 30,
    attendees: { ada: 1, jonas: 0, noor: 2, sofia: 0 },
  },
  {
    key: 'letterpress',
    title: 'Letterpress evening',
    description: 'Two presses, eight people, one poster each. Aprons provided; ink does not wash out.',
    organizer: 'luc',
    startsInHours: 196,
    durationHours: 3,
    timeZone: 'Europe/Paris',
    venue: {
      name: 'Atelier des Pentes',
      city: 'Lyon',
      countryCode: 'FR',
      latitude: 45.7705,
      longitude: 4.8291,
    },
    tags: ['print', 'paper'],
    capacity: 8,
    attendees: { amara: 1, tomas: 0, mei: 0 },
  },
  {
    key: 'night-ride',
    title: 'Night ride along the canal',
    description: 'Thirty kilometres, lights obligatory, soup at the end.',
    organizer: 'jonas',
    startsInHours: 410,
    durationHours: 3,
    timeZone: 'Europe/Berlin',
    venue: {
      name: 'Plagwitz lock',
      city: 'Leipzig',
      countryCode: 'DE',
      latitude: 51.3272,
      longitude: 12.3318,
    },
    tags: ['bicycles', 'outdoors'],
    capacity: null,
    attendees: { sofia: 0, noor: 1, luc: 0, ada: 0, tomas: 3 },
  },
  {
    key: 'glaze-talk',
    title: 'What glaze does in the kiln',
    description: 'A talk with slides, test tiles, and a few explosions. Online.',
    organizer: 'amara',
    startsInHours: -220,
    durationHours: 2,
    timeZone: 'Africa/Lagos',
    venue: null,
    tags: ['ceramics', 'talk', 'online'],
    capacity: 100,
    attendees: { ada: 0, mei: 0, luc: 0, sofia: 0, noor: 0 },
  },
]

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

interface DemoReport {
  reporter: string
  /** The key of the reported event. */
  event: string
  reason: ReportReason
  note: string
  hoursAgo: number
}

/** Open reports, which wait for a moderator. */
export const demoReports: readonly DemoReport[] = [
  {
    reporter: 'sofia',
    event: 'night-ride',
    reason: 'MISINFORMATION',
    note: 'The route on the map is 45 km, not thirty. People should know before they bring children.',
    hoursAgo: 6,
  },
]
