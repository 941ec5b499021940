export type CommentStatus = 'VISIBLE' | 'DELETED' | 'HIDDEN'

export interface Comment {
  id: string
  postId: string
  parentId: string | null
  /** 0 for a comment on the post itself, at most 50. */
  depth: number
  /** Null once deleted, and when an imported author is gone. */
  authorId: string | null
  /** Markdown; null once deleted. */
  body: string | null
  status: CommentStatus
  createdAt: Date
  editedAt: Date | null
}
