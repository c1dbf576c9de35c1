import { useSignal } from '@preact/signals'
import type { ReaderModel } from './model/reader-model.js'

/** Syncs, within a budget if one is given, and says how far it is or how it ended. */
export function SyncBar({ model }: { readonly model: ReaderModel }) {
  const { words } = model
  const budget = useSignal('')
  const kilobytes = Number(budget.value)
  const isSyncing = model.isSyncing.value
  const start = (): void =>
    void model.sync(budget.value === '' || !(kilobytes > 0) ? undefined : Math.round(kilobytes * 1000))
  const stop = (): void => void model.attempt(() => model.port.stop())
  // One button, which keeps the focus: it never submits the form, which Enter in the field does.
  return (
    <form
      class="sync"
      onSubmit={(event) => {
        event.preventDefault()
        start()
      }}
    >
      <button type="button" onClick={isSyncing ? stop : start}>
        {isSyncing ? words.stop : words.sync}
      </button>
      <label>
        {words.budget}{' '}
        <input
          type="number"
          min="1"
          step="any"
          inputMode="decimal"
          value={budget.value}
          disabled={isSyncing}
          onInput={({ currentTarget }) => {
            budget.value = currentTarget.value
          }}
        />
      </label>
      <Meter model={model} />
    </form>
  )
}

function Meter({ model }: { readonly model: ReaderModel }) {
  const { words, formats } = model
  const progress = model.progress.value
  if (!progress)
    return (
      <span class="meter" role="status">
        {ended(model)}
      </span>
    )
  const { up, down, rate, share, secondsLeft, subject } = progress
  const told = words.meter(formats.bytes(up), formats.bytes(down), formats.bytes(rate))
  return (
    <span class="meter">
      <progress aria-label={words.syncing} max={1} {...(share !== undefined && { value: share })} />
      <span>
        {told}
        {secondsLeft !== undefined && `, ${words.left(formats.seconds(secondsLeft))}`}
        {subject !== undefined && (
          <>
            {' – '}
            <bdi>{subject}</bdi>
          </>
        )}
      </span>
    </span>
  )
}

function ended({ synced, state, words, formats }: ReaderModel): string {
  const last = synced.value
  if (last) {
    const sentences = [words.syncedWords(formats.bytes(last.up + last.down), last.listed)]
    if (last.paused) sentences.push(words.paused)
    if (last.trouble !== undefined) sentences.push(last.trouble)
    return sentences.join(' ')
  }
  const at = state.value?.syncedMs
  return at === undefined ? words.neverSynced : words.syncedAt(formats.short(at))
}
