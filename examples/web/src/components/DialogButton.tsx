import { useEffect, useId, useRef, useState, type ReactNode } from 'react'

interface DialogButtonProps {
  /** The text of the button. */
  label: string
  /** The name of the button for screen readers, when the text does not suffice. */
  accessibleName?: string
  className?: string
  title: string
  children: (close: () => void) => ReactNode
}

/** A button that opens a dialog. Its content begins again each time. */
export function DialogButton({
  label,
  accessibleName,
  className = 'link-button',
  title,
  children,
}: DialogButtonProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [isOpen, setOpen] = useState(false)
  const titleId = useId()

  const close = () => setOpen(false)
  useEffect(() => {
    if (isOpen) dialog.current?.showModal()
    else dialog.current?.close()
  }, [isOpen])

  return (
    <>
      <button type="button" className={className} aria-label={accessibleName} onClick={() => setOpen(true)}>
        {label}
      </button>
      {/* The browser keeps the focus inside, closes it on Escape, and moves the focus back. */}
      <dialog ref={dialog} className="dialog" aria-labelledby={titleId} onClose={close}>
        {isOpen && (
          <>
            <h2 id={titleId}>{title}</h2>
            {children(close)}
          </>
        )}
      </dialog>
    </>
  )
}
