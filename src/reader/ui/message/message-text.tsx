import { findLinks } from '../../mail/find-links.js'
import { readMailto } from '../../mail/read-mailto.js'
import { readText, type TextPart } from '../../mail/read-text.js'
import type { ShownText } from '../../port.js'
import type { ReaderModel } from '../model/reader-model.js'

/** A quote of at most so many lines isn't folded. */
const shortQuote = 4

/** A text as it is read: quotes folded, addresses to be followed. */
export function MessageText({ text, model }: { readonly text: ShownText; readonly model: ReaderModel }) {
  const { words } = model
  return (
    <div class="text" dir="auto">
      {text.gist && <p class="note">{words.gist}</p>}
      <Parts parts={readText(text.text, text.flowed)} level={0} model={model} />
      {text.cut && <p class="note">{words.cut}</p>}
    </div>
  )
}

interface PartsProps {
  readonly parts: readonly TextPart[]
  readonly level: number
  readonly model: ReaderModel
}

function Parts({ parts, level, model }: PartsProps) {
  return (
    <>
      {parts.map((part, at) =>
        'lines' in part ? (
          <Lines key={at} lines={part.lines} model={model} />
        ) : (
          <details key={at} open={level === 0 && part.lineCount <= shortQuote}>
            <summary>{model.words.quotedLines(part.lineCount)}</summary>
            <blockquote>
              <Parts parts={part.quote} level={level + 1} model={model} />
            </blockquote>
          </details>
        ),
      )}
    </>
  )
}

function Lines({ lines, model }: { readonly lines: readonly string[]; readonly model: ReaderModel }) {
  const pieces = findLinks(lines.join('\n'))
  /** An address of mail opens a draft here, rather than whichever mail program the machine has. */
  const follow = (event: MouseEvent, href: string): void => {
    const mail = readMailto(href)
    if (!mail) return
    event.preventDefault()
    model.write(mail)
  }
  return (
    <p class="lines">
      {pieces.map((piece, at) =>
        typeof piece === 'string' ? (
          piece
        ) : (
          <a
            key={at}
            href={piece.href}
            target="_blank"
            rel="noopener noreferrer"
            onClick={(event) => follow(event, piece.href)}
          >
            {piece.text}
          </a>
        ),
      )}
    </p>
  )
}
