import { findLinks } from '../../mail/find-links.js'
import { readText, type TextPart } from '../../mail/read-text.js'
import type { ShownText } from '../../port.js'
import type { Words } from '../../words/words.js'

/** A quote of at most so many lines isn't folded. */
const shortQuote = 4

/** A text as it is read: quotes folded, addresses to be followed. */
export function MessageText({ text, words }: { readonly text: ShownText; readonly words: Words }) {
  return (
    <div class="text" dir="auto">
      {text.gist && <p class="note">{words.gist}</p>}
      <Parts parts={readText(text.text, text.flowed)} level={0} words={words} />
      {text.cut && <p class="note">{words.cut}</p>}
    </div>
  )
}

interface PartsProps {
  readonly parts: readonly TextPart[]
  readonly level: number
  readonly words: Words
}

function Parts({ parts, level, words }: PartsProps) {
  return (
    <>
      {parts.map((part, at) =>
        'lines' in part ? (
          <Lines key={at} lines={part.lines} />
        ) : (
          <details key={at} open={level === 0 && part.lineCount <= shortQuote}>
            <summary>{words.quotedLines(part.lineCount)}</summary>
            <blockquote>
              <Parts parts={part.quote} level={level + 1} words={words} />
            </blockquote>
          </details>
        ),
      )}
    </>
  )
}

function Lines({ lines }: { readonly lines: readonly string[] }) {
  const pieces = findLinks(lines.join('\n'))
  return (
    <p class="lines">
      {pieces.map((piece, at) =>
        typeof piece === 'string' ? (
          piece
        ) : (
          <a key={at} href={piece.href} target="_blank" rel="noopener noreferrer">
            {piece.text}
          </a>
        ),
      )}
    </p>
  )
}
