import { useSignal, useSignalEffect } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { ComposeProps } from './compose.js'
import { Help, Tray } from './dialogs.js'
import { MailboxList } from './mailbox-list.js'
import { MessageView } from './message/message-view.js'
import { MessageList } from './message-list.js'
import { answer, forwardOf } from './model/answers.js'
import { commandOf, type KeyCommand } from './model/keys.js'
import { archiveMessage, removeMessage, toggleFlag } from './model/message-acts.js'
import type { ReaderModel } from './model/reader-model.js'
import { SyncBar } from './sync-bar.js'

/** Where it is kept whether single keys do anything. */
const keysOffName = 'packetboat-keys-off'

export function App({ model }: { readonly model: ReaderModel }) {
  const { words } = model
  const dialog = useSignal<'help' | 'tray' | undefined>(undefined)
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
  useEffect(() => {
    const does: Record<KeyCommand, () => void> = {
      next: () => void model.go(1),
      previous: () => void model.go(-1),
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
  const draft = model.draft.value
  return (
    <div class="app" data-pane={draft ? 'compose' : model.pane.value}>
      <header>
        <h1>{model.state.value?.account ?? 'packetboat'}</h1>
        <SyncBar model={model} />
        <search>
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
        <button type="button" onClick={() => model.write()}>
          {words.compose}
        </button>
        <button
          type="button"
          onClick={() => {
            dialog.value = 'tray'
          }}
        >
          {words.wanted} ({model.wanted.value.length})
        </button>
        <button
          type="button"
          onClick={() => {
            dialog.value = 'help'
          }}
        >
          {words.help}
        </button>
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
      {dialog.value === 'help' && (
        <Help
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
      {dialog.value === 'tray' && (
        <Tray
          model={model}
          onClose={() => {
            dialog.value = undefined
          }}
        />
      )}
    </div>
  )
}

/** Which list it is, and the ways back. */
function ListHead({ model }: { readonly model: ReaderModel }) {
  const { words } = model
  const searched = model.searched.value
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
          <span role="status">{words.found(model.rows.value?.total.value ?? 0)}</span>
          <button type="button" onClick={() => model.endSearch()}>
            {words.endSearch}
          </button>
        </>
      )}
    </div>
  )
}

/** What a person should know before anything else. */
function Notices({ model }: { readonly model: ReaderModel }) {
  const { words } = model
  const { lost, leads, unsent = 0 } = model.state.value ?? {}
  const failure = model.failure.value
  return (
    <>
      <div role="alert">
        {failure && (
          <p class="failure">
            {/* Errors are in English, whatever the page speaks: a screen reader is to read them so. */}
            <span lang="en">
              {failure.message} {failure.next}
            </span>{' '}
            <button
              type="button"
              onClick={() => {
                model.failure.value = undefined
              }}
            >
              {words.close}
            </button>
          </p>
        )}
        {lost && <p class="failure">{words.lost}</p>}
      </div>
      <p class="notices" role="status">
        {unsent > 0 && <span>{words.unsent(unsent)} </span>}
        {leads === false && <span>{words.follows} </span>}
        <span>{model.said.value}</span>
      </p>
    </>
  )
}
