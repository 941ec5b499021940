export type RegistrationStatus = 'CONFIRMED' | 'WAITLISTED' | 'CANCELLED'

export interface Registration {
  id: string
  eventId: string
  userId: string
  status: RegistrationStatus
  /** People brought along, 0 to 100; the party takes 1 + guestCount seats. */
  guestCount: number
  /** The order of arrival at the event: the order of the event document's atomic writes. */
  sequence: number
  /** What the door scans. */
  ticketCode: string
  registeredAt: Date
  checkedInAt: Date | null
}
