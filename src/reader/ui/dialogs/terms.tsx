import { useSignal } from '@preact/signals'
import type { ReaderModel } from '../model/reader-model.js'
import { Dialog } from './dialog.js'

interface TermsProps {
  readonly model: ReaderModel
  readonly onClose: () => void
}

/** What the line costs, and how old the messages are that come. */
export function TermsDialog({ model, onClose }: TermsProps) {
  const { words } = model
  const { price: known = '', keepDays } = model.terms.value
  const price = useSignal(known)
  const days = useSignal(keepDays === undefined ? '' : `${keepDays}`)
  return (
    <Dialog title={words.terms} model={model} onClose={onClose}>
      <form
        class="terms"
        onSubmit={(event) => {
          event.preventDefault()
          void model.attempt(async () => {
            const [said, count] = [price.value.trim(), days.value.trim()]
            await model.port.setTerms({
              ...(said !== '' && { price: said }),
              ...(count !== '' && { keepDays: Number(count) }),
            })
            await model.refresh()
            onClose()
          })
        }}
      >
        <label>
          {words.price}{' '}
          <input
            type="text"
            autocomplete="off"
            placeholder="1.20 USD/min, 4 EUR/MB"
            value={price.value}
            onInput={({ currentTarget }) => {
              price.value = currentTarget.value
            }}
          />
        </label>
        <label>
          {words.keepDays}{' '}
          <input
            type="number"
            min="1"
            max="36500"
            value={days.value}
            onInput={({ currentTarget }) => {
              days.value = currentTarget.value
            }}
          />
        </label>
        <p class="note">{words.keepNote}</p>
        <button type="submit">{words.apply}</button>
      </form>
    </Dialog>
  )
}
