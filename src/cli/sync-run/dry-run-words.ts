import { pathText } from '../../replica/model.js'
import { counted, formatBytes, formatMoney, formatSeconds } from '../../told/sizes.js'
import { costWords } from '../text/cost-words.js'
import type { DryReport } from './run-sync.js'

/** What a sync would move, for a person: a line for each mailbox, the most first, and one for all. */
export function dryRunWords({ up, down, first, asked, seconds, cost }: DryReport): string[] {
  const question = `Asking took ${formatBytes(asked.up + asked.down)}.`
  const sent =
    up.operations + up.contents > 0
      ? `Up: ${counted(up.operations, 'change')}${up.contents > 0 ? `, ${counted(up.contents, 'message')} with content` : ''}, ${formatBytes(up.bytes)}.`
      : `Up: only the question, ${formatBytes(up.bytes)}.`
  if (!down)
    return [
      sent,
      'Down: unknown. One side has lost its database, so a sync compares everything first.',
      question,
    ]
  const rows = down.mailboxes
    .map(({ path, listed, changed, expunged, bytes, seconds: takes, cost: costs }) => ({
      name: pathText(path),
      listed,
      what: [
        listed > 0 && `${listed} new`,
        changed > 0 && `${changed} changed`,
        expunged > 0 && `${expunged} expunged`,
      ].filter((text) => text !== false),
      bytes,
      sum: bytes.reduce((sum, each) => sum + each, 0),
      estimate: { seconds: takes, cost: costs },
    }))
    .filter(({ what, sum }) => what.length > 0 || sum > 0)
    .sort((a, b) => b.sum - a.sum)
  const [lists, texts, structures, attachments] = [0, 1, 2, 3].map((tier) =>
    rows.reduce((sum, { bytes }) => sum + (bytes[tier] ?? 0), 0),
  )
  const all =
    rows.length === 0
      ? 'Down: nothing new.'
      : `Down: ${formatBytes(down.bytes)}: lists and changes ${formatBytes(lists ?? 0)}, first texts ${formatBytes(texts ?? 0)}, headers and small parts ${formatBytes(structures ?? 0)}, attachments ${formatBytes(attachments ?? 0)}.`
  const price = cost && `, about ${formatMoney(cost)}`
  return [
    sent,
    all,
    ...(seconds === undefined ? [] : [`It would take about ${formatSeconds(seconds)}${price ?? ''}.`]),
    ...(first && up.contents > 0 && rows.some(({ listed }) => listed > 0)
      ? ["It is less by what both sides have: that isn't sent, and only the first sync finds it out."]
      : []),
    ...rows.map(
      ({ name, what, sum, estimate }) =>
        `  ${name}: ${what.join(', ') || 'the rest of what is known'}, ${costWords(sum, estimate)}`,
    ),
    question,
  ]
}
