const maxPositions = 50
const maxLength = 10_000
/** The cache remembers IDs that clients send. */
const maxEventIdLength = 100

/**
 * Parses the positions of a client, `<subgraph>=<domain event ID>` separated by commas.
 *
 * @returns undefined for a header that cannot be read
 */
export function parsePositions(header: string): { subgraph: string; eventId: string }[] | undefined {
  if (header.length > maxLength) return undefined
  const positions = header.split(',').map((item) => {
    const [, subgraph = '', eventId = ''] = /^\s*([^=\s]+)=(\S+)\s*$/.exec(item) ?? []
    return { subgraph, eventId }
  })
  const isReadable = ({ eventId }: { eventId: string }) =>
    eventId !== '' && eventId.length <= maxEventIdLength
  return positions.length <= maxPositions && positions.every(isReadable) ? positions : undefined
}
