import { keyCommands } from '../model/keys.js'
import type { ReaderModel } from '../model/reader-model.js'
import { Dialog } from './dialog.js'

export interface HelpProps {
  readonly model: ReaderModel
  readonly keysOn: boolean
  readonly onKeys: (on: boolean) => void
  readonly onClose: () => void
}

/** Which keys do what, and whether they do; and what is worth knowing of the browser. */
export function Help({ model, keysOn, onKeys, onClose }: HelpProps) {
  const { words, state } = model
  return (
    <Dialog title={words.help} model={model} onClose={onClose}>
      <label>
        <input
          type="checkbox"
          checked={keysOn}
          onChange={({ currentTarget }) => onKeys(currentTarget.checked)}
        />{' '}
        {words.keysOn}
      </label>
      <dl class="keys">
        {keyCommands.map(([key, command]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{words.keyNames[command]}</dd>
          </div>
        ))}
      </dl>
      {state.value?.persisted === false && <p class="note">{words.notKept}</p>}
    </Dialog>
  )
}
