/** Each part ends with the next boundary, which is when clients regard it as complete. */
export const boundary = '\r\n--graphql'

/** The end of a multipart response, after its last boundary. */
export const multipartEnd = '--\r\n'

/** Returns a part of a multipart response, which follows a boundary. */
export const formatPart = (json: string): string =>
  `\r\ncontent-type: application/json\r\n\r\n${json}${boundary}`
