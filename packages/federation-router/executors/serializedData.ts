/** JSON text in parts, with one character for each byte of its UTF-8 encoding. */
export interface SerializedData {
  texts: string[]
}

export function decodeSerializedData({ texts }: SerializedData): string {
  return Buffer.from(texts.join(''), 'latin1').toString()
}
