import type { ReaderModel } from '../model/reader-model.js'
import { Dialog } from './dialog.js'

interface DeletionProps {
  readonly model: ReaderModel
  readonly onClose: () => void
}

/** Asks once more before all that this browser has is deleted. */
export function DeletionDialog({ model, onClose }: DeletionProps) {
  const { words } = model
  const unsent = model.state.value?.unsent ?? 0
  return (
    <Dialog title={words.deleteHere} model={model} onClose={onClose}>
      <p>{words.deletionNote}</p>
      {unsent > 0 && <p class="failure">{words.unsentLost(unsent)}</p>}
      <button type="button" onClick={() => void model.attempt(() => model.port.deleteAll())}>
        {words.deleteAll}
      </button>{' '}
    </Dialog>
  )
}
