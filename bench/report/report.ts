import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { join } from 'node:path'
import { isPacketboat } from '../peers/packetboat.js'
import { measureHead, measureRows } from './measures.js'
import { plot } from './plot.js'
import type { Results, Row } from './results.js'
import { type Section, sections } from './sections.js'
import { markdownTable, show, textTable } from './show.js'

export interface ReportContext {
  /** packetboat first, then as they are to be listed. */
  readonly peers: readonly { readonly name: string; readonly settings: string }[]
}

type Table = (head: readonly string[], rows: readonly (readonly string[])[]) => string

/** For the terminal. */
export function printReport(results: Results, context: ReportContext): void {
  console.log(`\n${textTable(measureHead, measureRows(results))}`)
  for (const section of sections) {
    const table = sectionTable(results, context, section, textTable)
    if (table !== undefined) console.log(`\n${section.title}\n${table}`)
  }
}

/** `docs/BENCHMARKS.md` and its plots. */
export function writeReport(results: Results, context: ReportContext, docs: string): void {
  const { facts } = results
  const absent = Object.entries(facts).filter(([name]) => name.startsWith('absent '))
  const fact = (name: string): string[] => (facts[name] === undefined ? [] : [facts[name]])
  const out = [
    '# Benchmarks',
    '',
    `Written by \`npm run bench\` on ${cpus().length} cores (${cpus()[0]?.model.trim()}), Linux ${release()}, Node ${process.version}, ${facts['when'] ?? ''}.`,
    ...fact('line'),
    ...fact('pieces'),
    ...fact('load'),
    ...fact('versions'),
    '',
    'Each program ran as whole processes in its best settings, on copies of the same account. *Turns* are changes of direction from',
    'up to down among packets with payload. *Effective round trips* are the time that 299 ms more each way added, counted in round',
    'trips; connect and close are in it. *Estimates* are bytes divided by the rate, plus effective round trips times their delay.',
    '`fast` has 1 ms each way and no limit.',
    '',
    ...fact('account').map((text) => `The account: ${text}.`),
    ...fact('yardsticks').map((text) => `${text}.`),
    ...fact('ham').map((text) => `The real text mail: ${text}.`),
    ...fact('gists').map((text) => `The modern mail: ${text}.`),
    '',
    '## Measures',
    '',
    'What packetboat should reach. The wanted bytes of first syncs are for one account of 1,000 messages; other accounts differ with their mail. *On a slow line*',
    'is what packetboat does on a line that it knows to be slow (`packetboat-slow` below).',
    '',
    markdownTable(measureHead, measureRows(results)),
    '',
    '## Who was measured',
    '',
    ...context.peers.map(({ name, settings }) => {
      const why = facts[`absent ${name}`]
      return `- ${name}: ${settings}${why === undefined ? '' : `. Not measured here: ${why}`}`
    }),
    ...absent
      .filter(([name]) => !context.peers.some((peer) => `absent ${peer.name}` === name))
      .map(([name, why]) => `- ${name.slice(7)}: not measured here: ${why}`),
    '',
  ]
  for (const section of sections) out.push(...linesOf(results, context, section, docs))
  writeFileSync(join(docs, 'BENCHMARKS.md'), out.join('\n'))
}

/** Puts the sections of what was measured into `docs/BENCHMARKS.md`, and says under each when that was. */
export function writePart(results: Results, context: ReportContext, docs: string): void {
  const { facts } = results
  const page = join(docs, 'BENCHMARKS.md')
  const measured = [
    `Measured by itself on ${facts['when'] ?? '?'}, Node ${process.version}.`,
    facts['load'] ?? '',
  ]
  let text = readFileSync(page, 'utf8')
  for (const section of sections) {
    const [head, ...lines] = linesOf(results, context, section, docs, measured.join(' ').trim())
    if (head !== undefined) text = withSection(text, section.title, [head, ...lines].join('\n'))
  }
  writeFileSync(page, text)
}

/** A page with this section in the place of the one that had its title, or before the first that is to follow it. */
export function withSection(page: string, title: string, section: string): string {
  const parts = page.split(/^(?=## )/m)
  const titled = (part: string | undefined): string => /^## (.*)$/m.exec(part ?? '')?.[1] ?? ''
  const order = sections.map((each) => each.title)
  const at = parts.findIndex((part) => titled(part) === title)
  const before = parts.findIndex((part) => order.indexOf(titled(part)) > order.indexOf(title))
  const place = at >= 0 ? at : before >= 0 ? before : parts.length
  parts.splice(place, at >= 0 ? 1 : 0, section)
  return `${parts.map((part) => part.trimEnd()).join('\n\n')}\n`
}

/** A section of the page, and its picture beside it. Nothing where nothing was measured. */
function linesOf(
  results: Results,
  context: ReportContext,
  section: Section,
  docs: string,
  measured = '',
): string[] {
  const table = sectionTable(results, context, section, markdownTable)
  if (table === undefined) return []
  const out = [`## ${section.title}`, '', section.text, '']
  if (measured !== '') out.push(measured, '')
  const chart = chartOf(results, context, section)
  if (chart !== undefined) {
    const name = `bench-${section.work}.svg`
    writeFileSync(join(docs, name), chart)
    out.push(`![${section.chart?.title}](${name})`, '')
  }
  return [...out, table, '']
}

function rowsOf(results: Results, { peers }: ReportContext, { work }: Section): Row[] {
  const place = (row: Row): number => peers.findIndex(({ name }) => name === row.peer)
  const rows = results.rows.filter((row) => row.work === work)
  return rows
    .map((row, i) => ({ row, i }))
    .sort(
      (a, b) =>
        (a.row.variant ?? '').localeCompare(b.row.variant ?? '') || place(a.row) - place(b.row) || a.i - b.i,
    )
    .map(({ row }) => row)
}

/** Columns that say nothing in any row are left out. */
function sectionTable(
  results: Results,
  context: ReportContext,
  section: Section,
  table: Table,
): string | undefined {
  const rows = rowsOf(results, context, section)
  if (rows.length === 0) return undefined
  const columns = section.columns.filter(({ value }) =>
    rows.some(({ figures }) => value(figures) !== undefined),
  )
  return table(
    ['', ...columns.map(({ head }) => head)],
    rows.map(({ peer, variant, figures }) => [
      variant === undefined ? peer : `${peer}, ${variant}`,
      // Of what was run in real time nothing is estimated.
      ...columns.map(({ head, value, as }) =>
        head.startsWith('est.') && figures['firstText'] !== undefined ? '-' : show(value(figures), as),
      ),
    ]),
  )
}

function chartOf(results: Results, context: ReportContext, section: Section): string | undefined {
  const { chart } = section
  if (!chart) return undefined
  const bars = rowsOf(results, context, section).flatMap(({ peer, variant, figures }) => {
    const value = figures[chart.figure]
    if (variant !== chart.variant || typeof value !== 'number' || figures['failed'] !== undefined) return []
    return [{ name: peer, value, ours: isPacketboat({ name: peer }) }]
  })
  return bars.length < 2
    ? undefined
    : plot({
        title: chart.title,
        unit: chart.unit,
        bars,
        ...(chart.wanted !== undefined && { marks: [{ name: 'wanted', value: chart.wanted }] }),
      })
}
