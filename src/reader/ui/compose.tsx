import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Draft } from '../port.js'
import type { ReaderModel } from './model/reader-model.js'

export interface ComposeProps {
  readonly draft: Draft
  readonly model: ReaderModel
}

/** A draft is saved so long after something was typed, ms. It is called saved once nothing was typed for so long. */
const restMs = 1000

const fields = ['to', 'cc', 'bcc', 'subject'] as const

/** Mail that is being written. */
export function Compose({ draft: begun, model }: ComposeProps) {
  const { words, formats } = model
  const draft = useSignal(begun)
  const isSaved = useSignal(false)
  const keeper = useRef<DraftKeeper>(undefined)
  keeper.current ??= new DraftKeeper(model, () => {
    isSaved.value = true
  })
  useEffect(() => {
    const keep = keeper.current
    if (model.unsaved === begun) keep?.changed(begun)
    const save = (): void => void model.attempt(async () => keep?.saveNow())
    document.addEventListener('visibilitychange', save)
    return () => {
      document.removeEventListener('visibilitychange', save)
      keep?.saveNow().catch((error: unknown) => {
        model.fail(error)
        // It isn't on disk: it stays on the screen, still to be saved.
        model.unsaved = keep.unsaved
        model.draft.value ??= keep.unsaved
      })
    }
  }, [model, begun])
  const change = (change: Partial<Draft>): void => {
    draft.value = { ...draft.value, ...change }
    isSaved.value = false
    keeper.current?.changed(draft.value)
  }
  const isEnding = useRef(false)
  const end = (work: () => Promise<void>): void => {
    // Pressed twice it is done once: what is written next isn't closed by it.
    if (isEnding.current) return
    isEnding.current = true
    void model
      .attempt(async () => {
        await work()
        if (model.draft.value?.id === begun.id) model.draft.value = undefined
        await model.refresh()
      })
      .finally(() => {
        isEnding.current = false
      })
  }
  const { files, text, forwards } = draft.value
  const firstField = begun.to === '' ? 'to' : 'text'
  return (
    <form
      class="compose"
      aria-label={words.newMessage}
      onKeyDown={({ key }) => key === 'Escape' && end(async () => keeper.current?.saveNow())}
      onSubmit={(event) => {
        event.preventDefault()
        const { to, cc, bcc } = draft.value
        if (`${to}${cc}${bcc}`.trim() === '') {
          model.say(words.noRecipient)
          return
        }
        end(async () => {
          await keeper.current?.rest()
          await model.port.send(draft.value)
          keeper.current?.forget()
          model.say(words.willBeSent)
        })
      }}
    >
      {fields.map((field) => (
        <label key={field}>
          <span>{words[field]}</span>
          <input
            type="text"
            {...(field === firstField && { ref: takeFocus })}
            autocomplete="off"
            value={draft.value[field]}
            onInput={({ currentTarget }) => change({ [field]: currentTarget.value })}
          />
        </label>
      ))}
      <label class="written">
        <span>{words.text}</span>
        <textarea
          dir="auto"
          {...(firstField === 'text' && { ref: takeFocus })}
          value={text}
          onInput={({ currentTarget }) => change({ text: currentTarget.value })}
        />
      </label>
      {forwards !== undefined && <p class="note">{words.forwardedWhole}</p>}
      <ul>
        {files.map((file, at) => (
          <li key={at}>
            <bdi>{file.name}</bdi> – {formats.bytes(file.bytes.length)}{' '}
            <button
              type="button"
              aria-label={words.takeOff(file.name)}
              onClick={() => change({ files: files.filter((_, each) => each !== at) })}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
      <label>
        <span>{words.attach}</span>
        <input
          type="file"
          multiple
          onChange={({ currentTarget }) => {
            const chosen = [...(currentTarget.files ?? [])]
            currentTarget.value = ''
            void model.attempt(async () => {
              const added = await Promise.all(chosen.map(readFile))
              change({ files: [...draft.value.files, ...added] })
            })
          }}
        />
      </label>
      <div class="acts">
        <button type="submit">{words.send}</button>
        <button type="button" onClick={() => end(async () => keeper.current?.saveNow())}>
          {words.close}
        </button>
        <button
          type="button"
          onClick={() =>
            end(async () => {
              await keeper.current?.rest()
              keeper.current?.forget()
              await model.port.discardDraft(begun.id)
            })
          }
        >
          {words.discard}
        </button>
        <span role="status">{isSaved.value ? words.savedDraft : ''}</span>
      </div>
    </form>
  )
}

/** Where a person begins to write. A function of the module: it is called once, when the field appears. */
const takeFocus = (field: HTMLElement | null): void => field?.focus()

async function readFile(file: File): Promise<Draft['files'][number]> {
  return { name: file.name, type: file.type, bytes: new Uint8Array(await file.arrayBuffer()) }
}

/** Saves what is written, one saving after the other, and the last state always. */
class DraftKeeper {
  unsaved: Draft | undefined
  private due: ReturnType<typeof setTimeout> | undefined
  private resting: ReturnType<typeof setTimeout> | undefined
  private saving: Promise<void> = Promise.resolve()

  constructor(
    private readonly model: ReaderModel,
    private readonly onSaved: () => void,
  ) {}

  changed(draft: Draft): void {
    this.unsaved = draft
    // Whoever types on and on loses no more than that, either.
    this.due ??= setTimeout(() => {
      this.due = undefined
      void this.model.attempt(() => this.save())
    }, restMs)
    clearTimeout(this.resting)
    this.resting = setTimeout(() => void this.model.attempt(() => this.saveNow()), restMs)
  }

  /** Throws what saving does: what was written is then still to be saved. */
  async saveNow(): Promise<void> {
    this.stopTimers()
    await this.save()
    if (!this.unsaved) this.onSaved()
  }

  private save(): Promise<void> {
    this.saving = this.saving
      .catch(() => undefined)
      .then(async () => {
        const draft = this.unsaved
        if (!draft) return
        await this.model.port.saveDraft(draft)
        if (this.unsaved === draft) this.unsaved = undefined
      })
    return this.saving
  }

  /** Until nothing is being saved, however that ends. */
  rest(): Promise<void> {
    this.stopTimers()
    return this.saving.catch(() => undefined)
  }

  /** Stops saving: what was written is sent, or discarded. */
  forget(): void {
    this.stopTimers()
    this.unsaved = undefined
  }

  private stopTimers(): void {
    clearTimeout(this.due)
    clearTimeout(this.resting)
    this.due = undefined
  }
}
