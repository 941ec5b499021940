import type { ReportReason } from '../../subgraphs/users/domain/moderation/report'

/**
 * The fictional community of a new system. Times are relative to the moment when it is loaded, so that there are always
 * upcoming events.
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
  /** Relative to the day in its time zone on which the community is loaded. */
  startsInDays: number
  /** In its time zone. */
  startsAtHour: number
  durationHours: number
  timeZone: string
  venue: { name: string; city: string; countryCode: string; latitude: number; longitude: number } | null
  tags: string[]
  capacity: number | null
  /** Handles, each with how many guests they bring. */
  attendees: Readonly<Record<string, number>>
  /** A message of the organizer to the attendees, which becomes notifications and mails. */
  announcement?: string
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
    startsInDays: 3,
    startsAtHour: 14,
    durationHours: 4,
    timeZone: 'Europe/Stockholm',
    venue: workshop,
    tags: ['repair', 'beginners-welcome'],
    capacity: 30,
    attendees: { ada: 1, jonas: 0, noor: 2, sofia: 0 },
    announcement:
      'The kitchen is being painted: please bring your own cup. Coffee and spare fuses are on the house.',
  },
  {
    key: 'letterpress',
    title: 'Letterpress evening',
    description: 'Two presses, eight people, one poster each. Aprons provided; ink does not wash out.',
    organizer: 'luc',
    startsInDays: 8,
    startsAtHour: 18,
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
    startsInDays: 17,
    startsAtHour: 21,
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
    startsInDays: -9,
    startsAtHour: 19,
    durationHours: 2,
    timeZone: 'Africa/Lagos',
    venue: null,
    tags: ['ceramics', 'talk', 'online'],
    capacity: 100,
    attendees: { ada: 0, mei: 0, luc: 0, sofia: 0, noor: 0 },
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
