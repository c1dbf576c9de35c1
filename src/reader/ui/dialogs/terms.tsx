import { type Signal, useSignal } from '@preact/signals'
import type { InputHTMLAttributes } from 'preact'
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
        <Field
          label={words.price}
          typed={price}
          as={{ type: 'text', autocomplete: 'off', placeholder: '1.20 USD/min, 4 EUR/MB' }}
        />
        <Field label={words.keepDays} typed={days} as={{ type: 'number', min: 1, max: 36_500 }} />
        <p class="note">{words.keepNote}</p>
        <button type="submit">{words.apply}</button>
      </form>
    </Dialog>
  )
}

interface FieldProps {
  readonly label: string
  readonly typed: Signal<string>
  readonly as: InputHTMLAttributes
}

function Field({ label, typed, as }: FieldProps) {
  return (
    <label>
      {label}{' '}
      <input
        {...as}
        value={typed.value}
        onInput={({ currentTarget }) => {
          typed.value = currentTarget.value
        }}
      />
    </label>
  )
}
