import { useSignal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Correspondent, ShownMessage } from '../../port.js'
import type { Words } from '../../words/words.js'
import { answer, forwardOf } from '../model/answers.js'
import { fullName } from '../model/formats.js'
import { archiveMessage, markUnread, removeMessage, toggleFlag } from '../model/message-acts.js'
import type { ReaderModel } from '../model/reader-model.js'
import { MessageParts } from './message-parts.js'
import { MessageText } from './message-text.js'
import type { PageFrameProps } from './page-frame.js'

/** The message that is read: who, when, what about; its text; its parts. */
export function MessageView({ model }: { readonly model: ReaderModel }) {
  const message = model.shown.value
  if (!message) return <p class="empty">{model.words.chooseMessage}</p>
  return <Shown key={message.guid} message={message} model={model} />
}

function Shown({ message, model }: { readonly message: ShownMessage; readonly model: ReaderModel }) {
  const { words, formats } = model
  const heading = useRef<HTMLHeadingElement>(null)
  const frame = useSignal<ComponentType<PageFrameProps> | undefined>(undefined)
  const asPage = useSignal(false)
  // A screen reader is led to the message that was opened; for others the keys stay with the list.
  useEffect(() => {
    if (document.activeElement?.closest('.rows') === null) heading.current?.focus({ preventScroll: true })
  }, [])
  const page = message.parts.find(({ type, state }) => type === 'text/html' && state === 'here')
  const Frame = frame.value
  const isFlagged = message.flags.includes('\\Flagged')
  return (
    <article aria-labelledby="subject" onKeyDown={(event) => event.key === 'Escape' && model.closeMessage()}>
      <div class="acts" role="toolbar" aria-label={words.message}>
        <Act name={words.reply} act={() => answer(model, { toAll: false })} />
        <Act name={words.replyAll} act={() => answer(model, { toAll: true })} />
        <Act name={words.forward} act={() => model.write(forwardOf(message))} />
        <Act name={words.archive} act={() => void archiveMessage(model)} />
        <Act name={words.remove} act={() => void removeMessage(model)} />
        <Act name={isFlagged ? words.unflag : words.flag} act={() => void toggleFlag(model)} />
        <Act name={words.markUnread} act={() => void markUnread(model)} />
      </div>
      <h2 id="subject" ref={heading} tabIndex={-1}>
        <bdi>{message.subject || words.noSubject}</bdi>
      </h2>
      <dl>
        <Field name={words.from} of={message.from} words={words} />
        <Field name={words.to} of={message.to} words={words} />
        <Field name={words.cc} of={message.cc} words={words} />
        {!message.namesAll && <dd class="note">{words.moreRecipients}</dd>}
        <dt>{words.date}</dt>
        <dd>{formats.long(message.dateMs ?? message.arrivedMs)}</dd>
      </dl>
      {page && (
        <Act
          name={asPage.value ? words.showText : words.showPage}
          act={() => {
            asPage.value = !asPage.value
            // Its code is fetched when it is needed first.
            if (!frame.value)
              void model.attempt(async () => {
                const { PageFrame } = await import('./page-frame.js')
                frame.value = PageFrame
              })
          }}
        />
      )}
      {page && asPage.value && Frame ? (
        <Frame message={message} part={page.part} model={model} />
      ) : (
        <Texts message={message} model={model} />
      )}
      <MessageParts message={message} model={model} />
    </article>
  )
}

function Texts({ message, model }: { readonly message: ShownMessage; readonly model: ReaderModel }) {
  const { words } = model
  const { texts, parts } = message
  if (texts.length === 0) {
    const lacks =
      parts.length === 0 || parts.some(({ type, state }) => type.startsWith('text/') && state !== 'here')
    return <p class="empty">{lacks ? words.textMissing : words.noText}</p>
  }
  return (
    <>
      {texts.map((text) => (
        <MessageText key={text.part} text={text} model={model} />
      ))}
    </>
  )
}

function Act({ name, act }: { readonly name: string; readonly act: () => void }) {
  return (
    <button type="button" onClick={act}>
      {name}
    </button>
  )
}

interface FieldProps {
  readonly name: string
  readonly of: readonly Correspondent[]
  readonly words: Words
}

/** How many recipients are shown at first: a mail may go to thousands. */
const firstNamed = 10

function Field({ name, of, words }: FieldProps) {
  if (of.length === 0) return null
  const others = of.slice(firstNamed)
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <People of={of.slice(0, firstNamed)} />
        {others.length > 0 && (
          <details>
            <summary>{words.others(others.length)}</summary>
            <People of={others} />
          </details>
        )}
      </dd>
    </>
  )
}

/** Each by itself: what is written from right to left doesn't turn the others round. */
function People({ of }: { readonly of: readonly Correspondent[] }) {
  return (
    <>
      {of.map((each, at) => (
        <span key={at}>
          {at > 0 && ', '}
          <bdi>{fullName(each)}</bdi>
        </span>
      ))}
    </>
  )
}
