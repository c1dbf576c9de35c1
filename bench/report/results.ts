import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Crossing } from '../measure.js'

export type Figures = Readonly<Record<string, number | string | undefined>>

/** What one synchroniser did in one work; `variant` where a work has several. */
export interface Row {
  readonly work: string
  readonly peer: string
  readonly variant?: string
  readonly figures: Figures
}

/** All that was measured; kept in a file when there is one, so that long runs can be done in pieces. */
export interface Results {
  readonly rows: readonly Row[]
  readonly facts: Readonly<Record<string, string>>
  add(row: Row): void
  fact(name: string, text: string): void
  find(work: string, peer: string, variant?: string): Figures | undefined
}

export function openResults(path: string | undefined): Results {
  const kept: { rows: Row[]; facts: Record<string, string> } =
    path !== undefined && existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : { rows: [], facts: {} }
  const { rows, facts } = kept
  const save = (): void => {
    if (path === undefined) return
    writeFileSync(`${path}.new`, JSON.stringify({ rows, facts }, undefined, 1))
    renameSync(`${path}.new`, path)
  }
  const same = (row: Row, work: string, peer: string, variant: string | undefined): boolean =>
    row.work === work && row.peer === peer && row.variant === variant
  return {
    rows,
    facts,
    add: (row) => {
      const at = rows.findIndex((each) => same(each, row.work, row.peer, row.variant))
      if (at >= 0) rows[at] = row
      else rows.push(row)
      save()
      console.log(describe(row))
    },
    fact: (name, text) => {
      facts[name] = text
      save()
    },
    find: (work, peer, variant) => rows.find((row) => same(row, work, peer, variant))?.figures,
  }
}

function describe({ work, peer, variant, figures }: Row): string {
  const shown = Object.entries(figures)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? Math.round(value * 100) / 100 : value}`)
  return `${work.padEnd(12)} ${peer.padEnd(13)} ${variant === undefined ? '' : `(${variant}) `}${shown.join(', ')}`
}

/** The figures that every crossing has. */
export function figuresOf(crossing: Crossing, rtts?: number): Figures {
  const { up, down, payload, packets, turns, connections, seconds, code } = crossing
  return {
    up,
    down,
    sum: up + down,
    payload,
    packets,
    turns,
    rtts,
    connections,
    seconds,
    clientCpu: crossing.clientCpuSeconds,
    serverCpu: crossing.serverCpuSeconds,
    clientPeak: crossing.clientPeakBytes,
    serverPeak: crossing.serverPeakBytes,
    ...(code !== 0 && { failed: `exit code ${code}: ${crossing.output.slice(-1200)}` }),
  }
}
