export type PostStatus = 'DRAFT' | 'PUBLISHED'

export interface Post {
  id: string
  title: string
  /** Markdown. */
  body: string
  imageUrl: string | null
  /** Normalised. */
  tags: string[]
  status: PostStatus
  /** Null when an imported author is gone. */
  authorId: string | null
  eventId: string | null
  publishedAt: Date | null
  createdAt: Date
  updatedAt: Date
}
