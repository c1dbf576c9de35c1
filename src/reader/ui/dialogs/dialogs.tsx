import type { DialogName, ReaderModel } from '../model/reader-model.js'
import { AshoreDialog } from './ashore.js'
import { DeletionDialog } from './deletion.js'
import { Help, type HelpProps } from './help.js'
import { MattersDialog } from './matters.js'
import { TermsDialog } from './terms.js'
import { Tray } from './tray.js'

export interface DialogsProps extends HelpProps {
  readonly name: DialogName
  readonly model: ReaderModel
}

/** The dialogs, loaded when the first of them opens. */
export function Dialogs({ name, ...props }: DialogsProps) {
  if (name === 'help') return <Help {...props} />
  const { model, onClose } = props
  if (name === 'tray') return <Tray model={model} onClose={onClose} />
  if (name === 'matters') return <MattersDialog model={model} onClose={onClose} />
  if (name === 'ashore') return <AshoreDialog model={model} onClose={onClose} />
  if (name === 'deletion') return <DeletionDialog model={model} onClose={onClose} />
  return <TermsDialog model={model} onClose={onClose} />
}
