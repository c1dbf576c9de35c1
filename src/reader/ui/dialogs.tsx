import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { partCost } from './message/message-parts.js'
import { keyCommands } from './model/keys.js'
import { wantPart } from './model/message-acts.js'
import type { ReaderModel } from './model/reader-model.js'

interface DialogProps {
  readonly title: string
  readonly closeWord: string
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/** The browser's own: it keeps the focus, gives it back, and closes at Escape. */
function Dialog({ title, closeWord, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    dialog.current?.showModal()
  }, [])
  return (
    <dialog ref={dialog} aria-labelledby="dialog-title" onClose={onClose}>
      <h2 id="dialog-title">{title}</h2>
      {children}
      <button type="button" onClick={() => dialog.current?.close()}>
        {closeWord}
      </button>
    </dialog>
  )
}

export interface HelpProps {
  readonly model: ReaderModel
  readonly keysOn: boolean
  readonly onKeys: (on: boolean) => void
  readonly onClose: () => void
}

/** Which keys do what, and whether they do; and what is worth knowing of the browser. */
export function Help({ model: { words, state }, keysOn, onKeys, onClose }: HelpProps) {
  return (
    <Dialog title={words.help} closeWord={words.close} onClose={onClose}>
      <label>
        <input
          type="checkbox"
          checked={keysOn}
          onChange={({ currentTarget }) => onKeys(currentTarget.checked)}
        />{' '}
        {words.keysOn}
      </label>
      <dl class="keys">
        {keyCommands.map(([key, command]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{words.keyNames[command]}</dd>
          </div>
        ))}
      </dl>
      {state.value?.persisted === false && <p class="note">{words.notKept}</p>}
    </Dialog>
  )
}

/** What is wanted and isn't here, in the order in which it comes, and what all of it takes. */
export function Tray({ model, onClose }: { readonly model: ReaderModel; readonly onClose: () => void }) {
  const { words, formats } = model
  const wanted = model.wanted.value
  const bytes = wanted.reduce((sum, { part }) => sum + part.sizeBytes - part.heldBytes, 0)
  const times = wanted.map(({ part }) => part.seconds)
  const seconds = times.every((each) => each !== undefined)
    ? times.reduce((sum, each) => sum + each, 0)
    : undefined
  return (
    <Dialog title={words.wanted} closeWord={words.close} onClose={onClose}>
      {wanted.length === 0 ? (
        <p>{words.nothingWanted}</p>
      ) : (
        <>
          <ol class="tray">
            {wanted.map(({ message, subject, part }) => (
              <li key={`${message}/${part.part}`}>
                <bdi>{subject || words.noSubject}</bdi>: <bdi>{part.name ?? part.type}</bdi> –{' '}
                {partCost(part, model)}{' '}
                <button
                  type="button"
                  aria-label={`${words.dontGet}: ${part.name ?? part.type}`}
                  onClick={() => void wantPart(model, { message, part: part.part, isWanted: false })}
                >
                  {words.dontGet}
                </button>
              </li>
            ))}
          </ol>
          <p>
            {words.wantedSum(formats.bytes(bytes), seconds === undefined ? '' : formats.seconds(seconds))}
          </p>
        </>
      )}
    </Dialog>
  )
}
