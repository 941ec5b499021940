/** Thrown by a fast way to an answer that meets what does not fit; nothing else is said of it. */
export const shapeMismatch = Symbol('misfit')
