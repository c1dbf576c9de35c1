import { useSignal, useSignalEffect } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { ComposeProps } from './compose.js'
import type { DialogsProps } from './dialogs/dialogs.js'
import { Failed } from './failed.js'
import { MailboxList } from './mailbox-list.js'
import { MessageView } from './message/message-view.js'
import { MessageList } from './message-list.js'
import { answer, forwardOf } from './model/answers.js'
import { commandOf, type KeyCommand } from './model/keys.js'
import { archiveMessage, removeMessage, toggleFlag } from './model/message-acts.js'
import type { DialogName, ReaderModel } from './model/reader-model.js'
import { SyncBar } from './sync-bar.js'

/** The storage key that says whether single keys are off. */
export const keysOffName = 'packetboat-keys-off'

export function App({ model }: { readonly model: ReaderModel }) {
  const { words } = model
  const { dialog } = model
  const dialogs = useSignal<ComponentType<DialogsProps> | undefined>(undefined)
  const keysOn = useSignal(localStorage.getItem(keysOffName) === null)
  const compose = useSignal<ComponentType<ComposeProps> | undefined>(undefined)
  const search = useRef<HTMLInputElement>(null)

  useSignalEffect(() => {
    const { account, unsent } = model.state.value ?? {}
    document.title = `${unsent ? `(${words.unsent(unsent)}) ` : ''}${account ?? 'packetboat'}`
  })
  useSignalEffect(() => {
    if (model.draft.value && !compose.value)
      void model.attempt(async () => {
        const { Compose } = await import('./compose.js')
        compose.value = Compose
      })
  })
  useSignalEffect(() => {
    if (dialog.value && !dialogs.value)
      void model.attempt(async () => {
        const { Dialogs } = await import('./dialogs/dialogs.js')
        dialogs.value = Dialogs
      })
  })
  useEffect(() => {
    const does: Record<KeyCommand, () => void> = {
      next: () => void model.go(1),
      previous: () => void model.go(-1),
      first: () => void model.go(Number.NEGATIVE_INFINITY),
      last: () => void model.go(Number.POSITIVE_INFINITY),
      open: () => void model.open(),
      up: () => model.up(),
      reply: () => answer(model, { toAll: false }),
      replyAll: () => answer(model, { toAll: true }),
      forward: () => {
        if (model.shown.value) model.write(forwardOf(model.shown.value))
      },
      archive: () => void archiveMessage(model),
      remove: () => void removeMessage(model),
      flag: () => void toggleFlag(model),
      compose: () => model.write(),
      search: () => search.current?.focus(),
      sync: () => void model.sync(),
      help: () => {
        dialog.value = 'help'
      },
    }
    const onKey = (event: KeyboardEvent): void => {
      if (model.draft.value || dialog.value) return
      const command = commandOf(event, keysOn.value)
      if (!command) return
      event.preventDefault()
      does[command]()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [model, dialog, keysOn])

  const Compose = compose.value
  const Dialogs = dialogs.value
  const draft = model.draft.value
  return (
    <div class="app" data-pane={draft ? 'compose' : model.pane.value}>
      <header>
        <h1>{model.state.value?.account ?? 'packetboat'}</h1>
        <SyncBar model={model} />
        <search class="elsewhere">
          <form
            onSubmit={(event) => {
              event.preventDefault()
              model.search(search.current?.value ?? '')
            }}
          >
            <input
              ref={search}
              type="search"
              aria-label={words.searchIn}
              placeholder={words.search}
              onKeyDown={({ key, currentTarget }) => key === 'Escape' && currentTarget.blur()}
            />
          </form>
        </search>
        <button type="button" class="elsewhere" onClick={() => model.write()}>
          {words.compose}
        </button>
        <Openers model={model} />
      </header>
      <Notices model={model} />
      <main>
        <nav class="pane mailboxes-pane" aria-label={words.mailboxes}>
          <MailboxList model={model} />
        </nav>
        <section class="pane list-pane" aria-label={words.messages}>
          <ListHead model={model} />
          <MessageList model={model} />
        </section>
        <section class="pane message-pane" aria-label={words.message}>
          {draft ? (
            Compose && <Compose key={draft.id} draft={draft} model={model} />
          ) : (
            <>
              <button type="button" class="back" onClick={() => model.closeMessage()}>
                ‹ {words.backToList}
              </button>
              <MessageView model={model} />
            </>
          )}
        </section>
      </main>
      {dialog.value && Dialogs && (
        <Dialogs
          key={dialog.value}
          name={dialog.value}
          model={model}
          keysOn={keysOn.value}
          onKeys={(on) => {
            keysOn.value = on
            if (on) localStorage.removeItem(keysOffName)
            else localStorage.setItem(keysOffName, 'yes')
          }}
          onClose={() => {
            dialog.value = undefined
          }}
        />
      )}
    </div>
  )
}

/** What opens above the page. */
function Openers({ model }: { readonly model: ReaderModel }) {
  const { words, dialog } = model
  const { conflicts, problems, untold } = model.matters.value
  const matters = conflicts.length + problems.length + untold
  const openers: readonly (readonly [name: DialogName, word: string])[] = [
    ['tray', `${words.wanted} (${model.wanted.value.length})`],
    ...(matters > 0 ? ([['matters', `${words.matters} (${matters})`]] as const) : []),
    ['ashore', words.ashore],
    ['terms', words.terms],
    ['help', words.help],
  ]
  return (
    <div class="openers">
      {openers.map(([name, word]) => (
        <button
          key={name}
          type="button"
          onClick={() => {
            dialog.value = name
          }}
        >
          {word}
        </button>
      ))}
    </div>
  )
}

/** Which list it is, and the ways back. */
function ListHead({ model }: { readonly model: ReaderModel }) {
  const { words } = model
  const searched = model.searched.value
  const total = model.rows.value?.total.value
  const mailbox = model.mailboxes.value.find(({ guid }) => guid === model.mailbox.value)
  return (
    <div class="list-head">
      <button
        type="button"
        class="back"
        onClick={() => {
          model.pane.value = 'mailboxes'
        }}
      >
        ‹ {words.backToMailboxes}
      </button>
      <h2>
        <bdi>{searched ?? mailbox?.path.join('/') ?? words.messages}</bdi>
      </h2>
      {searched !== undefined && (
        <>
          <span role="status">{total === undefined ? '' : words.found(total)}</span>
          <button type="button" onClick={() => askAshore(model, searched)}>
            {words.alsoAshore}
          </button>
          <button type="button" onClick={() => model.endSearch()}>
            {words.endSearch}
          </button>
        </>
      )}
    </div>
  )
}

function askAshore(model: ReaderModel, words: string): void {
  void model.attempt(async () => {
    await model.port.ask(words)
    model.dialog.value = 'ashore'
  })
}

/** What a person should know before anything else. */
function Notices({ model }: { readonly model: ReaderModel }) {
  const { words } = model
  const { lost, revoked, leads, unsent = 0 } = model.state.value ?? {}
  return (
    <>
      {model.dialog.value === undefined && <Failed model={model} />}
      <div role="alert">
        {lost && <p class="failure">{words.lost}</p>}
        {revoked && (
          <p class="failure">
            {words.revoked}{' '}
            <button
              type="button"
              onClick={() => {
                model.dialog.value = 'deletion'
              }}
            >
              {words.deleteHere}
            </button>
          </p>
        )}
      </div>
      <p class="notices" role="status">
        {unsent > 0 && <span>{words.unsent(unsent)}. </span>}
        {leads === false && <span>{words.follows} </span>}
        <span>{model.said.value}</span>
      </p>
    </>
  )
}
