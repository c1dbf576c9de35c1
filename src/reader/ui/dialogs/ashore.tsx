import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { AshoreView, HitRow, QuestionRow } from '../../matters.js'
import { olderQuestion, questionIn } from '../model/ashore-questions.js'
import type { ReaderModel } from '../model/reader-model.js'
import { Dialog } from './dialog.js'

interface AshoreProps {
  readonly model: ReaderModel
  readonly onClose: () => void
}

/** What is at the endpoint alone: how much, and what was found of it, to be taken with the next sync. */
export function AshoreDialog({ model, onClose }: AshoreProps) {
  const { words, formats } = model
  const view = useSignal<AshoreView | undefined>(undefined)
  const asked = useSignal('')
  const isOld = model.mailboxes.value
  useEffect(() => {
    void model.attempt(async () => {
      view.value = await model.port.ashore()
    })
  }, [model, view, isOld])
  const { mailboxes = [], questions = [] } = view.value ?? {}
  const act = (work: () => Promise<void>): void =>
    void model.attempt(async () => {
      await work()
      view.value = await model.port.ashore()
    })
  return (
    <Dialog title={words.ashore} model={model} onClose={onClose}>
      {view.value && mailboxes.length === 0 && <p>{words.nothingAshore}</p>}
      <ul>
        {mailboxes.map(({ path, messages, bytes }) => (
          <li key={path.join('/')}>
            <bdi>{path.join('/')}</bdi>: {words.countAshore(messages, formats.bytes(bytes))}{' '}
            <AskButton
              question={questionIn(path)}
              says={words.listAshore}
              about={path.join('/')}
              act={act}
              model={model}
            />
          </li>
        ))}
      </ul>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          act(async () => {
            await model.port.ask(asked.value)
            asked.value = ''
          })
        }}
      >
        <input
          type="search"
          aria-label={words.searchAshore}
          placeholder={words.searchAshore}
          value={asked.value}
          onInput={({ currentTarget }) => {
            asked.value = currentTarget.value
          }}
        />{' '}
        <button type="submit">{words.ask}</button>
      </form>
      {questions.map((question) => (
        <Question key={question.words} question={question} act={act} model={model} />
      ))}
    </Dialog>
  )
}

interface QuestionProps {
  readonly question: QuestionRow
  readonly act: (work: () => Promise<void>) => void
  readonly model: ReaderModel
}

function Question({ question, act, model }: QuestionProps) {
  const { words, formats } = model
  const { state, total, totalBytes, isPartial, hits } = question
  const take = (some: readonly number[]): void => act(() => model.port.take(question.words, some))
  const isAshore = hits.flatMap(({ is }, at) => (is === 'ashore' ? [at] : []))
  return (
    <section>
      <h3>
        <bdi>{question.words}</bdi>
      </h3>
      <p class="note">
        {words.answers[state]}
        {state !== 'waits' && state !== 'unknown' && (
          <> {words.foundAshore(total, formats.bytes(totalBytes), isPartial)}</>
        )}
      </p>
      <ul>
        {hits.map((hit, at) => (
          <li key={at}>
            <Hit hit={hit} onTake={() => take([at])} model={model} />
          </li>
        ))}
      </ul>
      {isAshore.length > 1 && (
        <button type="button" onClick={() => take(isAshore)}>
          {words.takeAll(isAshore.length)}
        </button>
      )}
      <AskButton
        question={olderQuestion(question)}
        says={words.olderAshore}
        about={question.words}
        act={act}
        model={model}
      />
    </section>
  )
}

interface AskProps {
  /** Undefined: there is nothing to ask. */
  readonly question: string | undefined
  readonly says: string
  readonly about: string
  readonly act: (work: () => Promise<void>) => void
  readonly model: ReaderModel
}

function AskButton({ question, says, about, act, model }: AskProps) {
  if (question === undefined) return null
  return (
    <button
      type="button"
      aria-label={`${says}: ${about}`}
      onClick={() => act(() => model.port.ask(question))}
    >
      {says}
    </button>
  )
}

interface HitProps {
  readonly hit: HitRow
  readonly onTake: () => void
  readonly model: ReaderModel
}

function Hit({ hit, onTake, model: { words, formats } }: HitProps) {
  const { from, subject, mailbox, arrivedMs, sizeBytes, is } = hit
  return (
    <>
      <bdi>{from || words.nobody}</bdi>: <bdi>{subject || words.noSubject}</bdi>{' '}
      <span class="note">
        <bdi>{mailbox}</bdi>, {formats.short(arrivedMs)}, {formats.bytes(sizeBytes)}
      </span>{' '}
      {is === 'ashore' ? (
        <button type="button" aria-label={`${words.get}: ${subject || words.noSubject}`} onClick={onTake}>
          {words.get}
        </button>
      ) : (
        <span class="note">{words.hitIs[is]}</span>
      )}
    </>
  )
}
