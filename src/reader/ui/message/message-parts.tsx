import type { ShownMessage, ShownPart } from '../../port.js'
import { wantPart } from '../model/message-acts.js'
import type { ReaderModel } from '../model/reader-model.js'
import { partCost } from './part-cost.js'
import { saveFile } from './save-file.js'

/** The parts of a message that aren't read as its text: those that are here can be saved, the others asked for. */
export function MessageParts({
  message,
  model,
}: {
  readonly message: ShownMessage
  readonly model: ReaderModel
}) {
  const { words } = model
  const read = new Set(message.texts.filter(({ cut, gist }) => !cut && !gist).map(({ part }) => part))
  const parts = message.parts.filter(({ part }) => !read.has(part))
  if (parts.length === 0) return null
  return (
    <section class="parts" aria-label={words.parts}>
      <h3>{words.parts}</h3>
      <ul>
        {parts.map((part) => (
          <li key={part.part}>
            <Part message={message.guid} part={part} model={model} />
          </li>
        ))}
      </ul>
    </section>
  )
}

interface PartProps {
  readonly message: string
  readonly part: ShownPart
  readonly model: ReaderModel
}

function Part({ message, part, model }: PartProps) {
  const { words, formats } = model
  const name = part.name ?? `${part.type}, ${words.unnamed}`
  const title = `${name} – ${partCost(part, model)}`
  if (part.state === 'here')
    return (
      <>
        <bdi>
          {name} – {formats.bytes(part.sizeBytes)}
        </bdi>{' '}
        <button
          type="button"
          aria-label={`${words.save}: ${name}`}
          onClick={() =>
            void model.attempt(async () => saveFile(await model.port.part(message, part.part), part.part))
          }
        >
          {words.save}
        </button>
      </>
    )
  const isWanted = part.state === 'wanted' || part.state === 'coming'
  return (
    <>
      <bdi>{title}</bdi> {isWanted && <span class="note">{words.isWanted} </span>}
      {part.state !== 'coming' && (
        <button
          type="button"
          aria-label={`${isWanted ? words.dontGet : words.get}: ${title}`}
          onClick={() => void wantPart(model, { message, part: part.part, isWanted: !isWanted })}
        >
          {isWanted ? words.dontGet : words.get}
        </button>
      )}
    </>
  )
}
