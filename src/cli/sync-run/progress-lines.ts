import type { ProgressView } from '../../told/progress-view.js'
import { formatBytes, formatSeconds } from '../../told/sizes.js'
import { fitText } from '../text/fit-text.js'
import { plainText } from '../text/plain-text.js'
import { textWidth } from '../text/text-width.js'

/** How parts of a line are coloured; without colours every one gives back what it gets. */
export interface Paint {
  strong(text: string): string
  faint(text: string): string
}

/**
 * The progress display: the total, what is arriving just now, and what has arrived. Lines are at most
 * `columns` - 1 wide, so that no terminal wraps them; what doesn't fit is left out from the end.
 */
export function progressLines(view: ProgressView, columns: number, paint: Paint): string[] {
  const room = Math.max(1, columns - 1)
  const lines = [overall(view, room, paint), item(view, room), arrived(view, room)]
  return lines.filter((line) => line !== '')
}

function overall(view: ProgressView, room: number, paint: Paint): string {
  const { share, totalBytes = 0, secondsLeft, working, counts, up } = view
  if (share === undefined) {
    if (working !== undefined && working > 0)
      return fitText(`The endpoint is reading its mail: ${working} messages so far`, room)
    if (counts.uploaded > 0) return fitText(`Sending, ${formatBytes(up)} up`, room)
    if (working === undefined && view.down > 0) return ''
    return fitText(up + view.down > 0 ? 'Waiting for the endpoint' : 'Connecting', room)
  }
  // Something is still to be written when all is here: 100 % is for the report.
  const percent = `${Math.min(99, Math.floor(share * 100))} %`.padStart(4)
  const rest = joined(
    [
      `of ${formatBytes(totalBytes)}`,
      secondsLeft === undefined ? '' : `${formatSeconds(secondsLeft)} left`,
      `${formatBytes(view.rate)}/s`,
    ],
    room - textWidth(percent) - 1,
  )
  const head = `${percent} ${rest}`
  const width = Math.min(30, room - textWidth(head) - 1)
  if (width < 8) return fitText(head, room)
  const full = Math.round(share * width)
  const bar = paint.strong('█'.repeat(full)) + paint.faint('░'.repeat(width - full))
  return `${bar} ${head}`
}

function item({ item }: ProgressView, room: number): string {
  if (!item) return ''
  const sizes = ` ${formatBytes(item.heldBytes)} of ${formatBytes(item.sizeBytes)}`
  return fitText(plainText(item.subject), Math.max(1, room - textWidth(sizes))) + sizes
}

function arrived({ counts, deferred, up, down, share, rate }: ProgressView, room: number): string {
  const { listed, changed, uploaded, contents } = counts
  return joined(
    [
      listed > 0 ? `${listed} new` : '',
      contents > 0 ? `${contents} complete` : '',
      uploaded > 0 ? `${uploaded} sent` : '',
      changed > 0 ? `${changed} changed` : '',
      `${formatBytes(down)} down`,
      `${formatBytes(up)} up`,
      deferred.parts > 0 ? `${deferred.parts} deferred (${formatBytes(deferred.bytes)})` : '',
      share === undefined ? `${formatBytes(rate)}/s` : '',
    ],
    room,
  )
}

/** Joins as many texts as fit, from the first one on. */
function joined(texts: readonly string[], room: number): string {
  let line = ''
  for (const text of texts.filter((each) => each !== '')) {
    const longer = line === '' ? text : `${line} · ${text}`
    if (textWidth(longer) > room) break
    line = longer
  }
  return line
}
