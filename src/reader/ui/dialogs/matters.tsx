import type { Settlement } from '../../../replica/conflict.js'
import type { ConflictRow, ConflictVersion, ProblemRow } from '../../matters.js'
import type { ReaderModel } from '../model/reader-model.js'
import { Dialog } from './dialog.js'

interface MattersProps {
  readonly model: ReaderModel
  readonly onClose: () => void
}

/** Conflicts, each with what can be done about it, and what can't take part. */
export function MattersDialog({ model, onClose }: MattersProps) {
  const { words } = model
  const { conflicts, problems, untold } = model.matters.value
  const isEmpty = conflicts.length + problems.length + untold === 0
  return (
    <Dialog title={words.matters} model={model} onClose={onClose}>
      {isEmpty && <p>{words.noMatters}</p>}
      <ul>
        {conflicts.map((conflict) => (
          <li key={conflict.number}>
            <Conflict conflict={conflict} model={model} />
          </li>
        ))}
      </ul>
      <ul>
        {problems.map((problem, at) => (
          <li key={at}>
            <Problem problem={problem} model={model} />
          </li>
        ))}
      </ul>
      {untold > 0 && <p class="note">{words.moreProblems(untold)}</p>}
      {problems.length > 0 && (
        <button
          type="button"
          onClick={() =>
            void model.attempt(async () => {
              await model.port.retry()
              model.say(words.willRetry)
            })
          }
        >
          {words.retry}
        </button>
      )}
    </Dialog>
  )
}

function Conflict({ conflict, model }: { readonly conflict: ConflictRow; readonly model: ReaderModel }) {
  const { words, formats } = model
  const { number, kind, atMs, mailbox, here, there, choices } = conflict
  const settle = (keep: Settlement): void =>
    void model.attempt(async () => {
      await model.port.settle(number, keep)
      await model.refresh()
    })
  return (
    <>
      {words.conflicts[kind]} {mailbox !== '' && <bdi>{mailbox}</bdi>}{' '}
      <span class="note">{formats.short(atMs)}</span>
      <Version of={here} name={words.versionHere} model={model} />
      <Version of={there} name={words.versionThere} model={model} />
      <div class="acts">
        {choices.map((keep) => (
          <button key={keep} type="button" onClick={() => settle(keep)}>
            {words.keep[choices.length === 1 ? 'done' : keep]}
          </button>
        ))}
      </div>
    </>
  )
}

interface VersionProps {
  readonly of: ConflictVersion | undefined
  readonly name: string
  readonly model: ReaderModel
}

function Version({ of, name, model: { words } }: VersionProps) {
  if (!of) return null
  return (
    <p class="note">
      {name}: <bdi>{of.subject || words.noSubject}</bdi>, <bdi>{of.mailbox || words.expunged}</bdi>
    </p>
  )
}

function Problem({ problem, model }: { readonly problem: ProblemRow; readonly model: ReaderModel }) {
  const { words, formats } = model
  const { side, mailbox, item, reason, next, harmless, sinceMs } = problem
  return (
    <>
      <bdi>{[mailbox, item].filter(Boolean).join(': ')}</bdi>{' '}
      <span class="note">
        {words.problemSides[side]}, {formats.short(sinceMs)}
      </span>
      {/* Errors are in English, whatever the page speaks. */}
      <p lang="en">{harmless ? reason : `${reason} ${next}`}</p>
    </>
  )
}
