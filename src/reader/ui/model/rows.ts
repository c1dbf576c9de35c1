import { type Signal, signal } from '@preact/signals'
import type { MessageRow, ReaderPort } from '../../port.js'

/** Loads rows of a mailbox, or of what was found. */
export type LoadRows = (
  from: number,
  count: number,
) => Promise<{ readonly total: number; readonly rows: readonly MessageRow[] }>

/** The most rows of a search: nobody looks through more. */
const mostFound = 500

/** Searches once, and then gives rows of that as of a mailbox. */
export function foundBy(port: Pick<ReaderPort, 'search'>, words: string): LoadRows {
  let found: ReturnType<ReaderPort['search']> | undefined
  return async (from, count) => {
    if (from === 0) found = port.search(words, mostFound)
    const rows = (await found) ?? []
    return { total: rows.length, rows: rows.slice(from, from + count) }
  }
}

/** Rows that are loaded at once. */
const pageRows = 50

/** The rows of a list, of which those are here that somebody has looked at. What is shown stays until what takes its place is here. */
export class Rows {
  readonly total: Signal<number | undefined> = signal(undefined)
  readonly known: Signal<ReadonlyMap<number, MessageRow>> = signal(new Map())
  /** Set when nothing could be loaded. */
  readonly failed: Signal<boolean> = signal(false)
  private asked = new Set<number>()
  private isOver = false

  constructor(
    private readonly load: LoadRows,
    private readonly onError: (error: unknown) => void,
  ) {}

  at(index: number): MessageRow | undefined {
    return this.known.value.get(index)
  }

  /** The index of a message, if it is known. */
  indexOf(guid: string): number | undefined {
    for (const [index, row] of this.known.peek()) if (row.guid === guid) return index
    return undefined
  }

  /** Rows that are to be seen soon. */
  async want(from: number, to: number): Promise<void> {
    const pages: Promise<void>[] = []
    for (let page = Math.floor(Math.max(0, from) / pageRows); page * pageRows < to; page++)
      if (!this.asked.has(page)) pages.push(this.loadPage(page))
    await Promise.all(pages)
  }

  /** Marks all rows as old: the visible ones are loaded again, the others when they are shown. */
  async refresh(from: number, to: number): Promise<void> {
    this.asked = new Set()
    await this.want(from, to)
  }

  /** Takes no more rows, because another list is shown. */
  end(): void {
    this.isOver = true
  }

  private async loadPage(page: number): Promise<void> {
    const { asked } = this
    asked.add(page)
    try {
      const start = page * pageRows
      const { total, rows } = await this.load(start, pageRows)
      if (this.isOver || asked !== this.asked) return
      const known = new Map(this.known.peek())
      for (let index = start; index < start + pageRows; index++) {
        const row = rows[index - start]
        if (row) known.set(index, row)
        else known.delete(index)
      }
      for (const index of known.keys()) if (index >= total) known.delete(index)
      this.known.value = known
      this.total.value = total
      this.failed.value = false
    } catch (error) {
      asked.delete(page)
      this.failed.value = this.total.peek() === undefined
      if (!this.isOver) this.onError(error)
    }
  }
}
