import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Failed } from '../failed.js'
import type { ReaderModel } from '../model/reader-model.js'

interface DialogProps {
  readonly title: string
  readonly model: ReaderModel
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/** The browser's own: it keeps the focus, gives it back, and closes at Escape. */
export function Dialog({ title, model, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    model.failure.value = undefined
    model.said.value = ''
    dialog.current?.showModal()
  }, [model])
  return (
    <dialog ref={dialog} aria-labelledby="dialog-title" onClose={onClose}>
      <h2 id="dialog-title">{title}</h2>
      {children}
      {/* The page's own notice lies behind. */}
      <Failed model={model} />
      <p role="status" class="note">
        {model.said.value}
      </p>
      <button type="button" onClick={() => dialog.current?.close()}>
        {model.words.close}
      </button>
    </dialog>
  )
}
