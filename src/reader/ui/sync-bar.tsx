import { useSignal } from '@preact/signals'
import { readBudget } from './model/read-budget.js'
import type { ReaderModel } from './model/reader-model.js'

/** Syncs, within a budget if one is given, and says how far it is or how it ended. */
export function SyncBar({ model }: { readonly model: ReaderModel }) {
  const { words } = model
  const most = useSignal('')
  const isSyncing = model.isSyncing.value
  const start = (): void => {
    const budget = readBudget(most.value)
    if (budget) void model.sync(budget)
    else model.say(words.unknownBudget)
  }
  const stop = (): void => void model.attempt(() => model.port.stop())
  // A single button, so that the focus stays. It never submits the form, as Enter in the field does.
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
          type="text"
          autocomplete="off"
          placeholder={words.budgetExample}
          value={most.value}
          disabled={isSyncing}
          onInput={({ currentTarget }) => {
            most.value = currentTarget.value
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
  const { up, down, rate, share, secondsLeft, cost, isDown, subject } = progress
  const moved = words.meter(formats.bytes(up), formats.bytes(down), formats.bytes(rate))
  return (
    <span class="meter">
      <progress aria-label={words.syncing} max={1} {...(share !== undefined && { value: share })} />
      <span>
        {isDown ? words.lineDown : moved}
        {cost && `, ${formats.money(cost)}`}
        {!isDown && secondsLeft !== undefined && `, ${words.left(formats.seconds(secondsLeft))}`}
        {!isDown && subject !== undefined && (
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
    const spent = [formats.bytes(last.up + last.down), ...(last.cost ? [formats.money(last.cost)] : [])]
    const sentences = [words.syncedWords(spent.join(', '), last.listed)]
    if (last.paused) sentences.push(words.paused)
    if (last.trouble !== undefined) sentences.push(last.trouble)
    return sentences.join(' ')
  }
  const at = state.value?.syncedMs
  return at === undefined ? words.neverSynced : words.syncedAt(formats.short(at))
}
