import { partCost, sumOf } from '../message/part-cost.js'
import { wantPart } from '../model/message-acts.js'
import type { ReaderModel } from '../model/reader-model.js'
import { Dialog } from './dialog.js'

/** What is wanted and isn't here, in the order in which it comes, and what all of it takes. */
export function Tray({ model, onClose }: { readonly model: ReaderModel; readonly onClose: () => void }) {
  const { words } = model
  const wanted = model.wanted.value
  return (
    <Dialog title={words.wanted} model={model} onClose={onClose}>
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
            {sumOf(
              wanted.map(({ part }) => part),
              model,
            )}
          </p>
        </>
      )}
    </Dialog>
  )
}
