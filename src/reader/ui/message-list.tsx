import { useComputed, useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { MessageRow } from '../port.js'
import { personName } from './model/formats.js'
import type { ReaderModel } from './model/reader-model.js'

/** As in reader.css. */
const rowHeight = 56
/** Rows that are made above and below what is to be seen. */
const spareRows = 8
/** Rows that are loaded above and below: whoever scrolls comes to them in a second. */
const rowsAhead = 50
/** Deeper answers stand no further in. */
const mostIndent = 4

/** The messages of a mailbox, or what was found. Of ten thousand rows those are made that are to be seen, and the active one always. */
export function MessageList({ model }: { readonly model: ReaderModel }) {
  const { words } = model
  const list = useRef<HTMLDivElement>(null)
  const top = useSignal(0)
  const height = useSignal(600)
  const shownRows = useComputed(() => {
    const total = model.rows.value?.total.value ?? 0
    const first = Math.max(0, Math.floor(top.value / rowHeight) - spareRows)
    const last = Math.min(total, Math.ceil((top.value + height.value) / rowHeight) + spareRows)
    const active = model.active.value
    const indexes = Array.from({ length: Math.max(0, last - first) }, (_, at) => first + at)
    return active < total && (active < first || active >= last) ? [...indexes, active] : indexes
  })
  const rows = model.rows.value
  const total = rows?.total.value

  useEffect(() => {
    const measure = new ResizeObserver(() => {
      height.value = list.current?.clientHeight ?? 600
    })
    if (list.current) measure.observe(list.current)
    return () => measure.disconnect()
  }, [height])
  useEffect(() => {
    list.current?.scrollTo({ top: 0 })
    top.value = 0
  }, [rows, top])
  useEffect(() => {
    const first = Math.floor(top.value / rowHeight)
    model.seen = [first, first + Math.ceil(height.value / rowHeight) + 1]
    void rows?.want(model.seen[0] - rowsAhead, model.seen[1] + rowsAhead)
  }, [rows, top.value, height.value, model])
  const active = model.active.value
  useLayoutEffect(() => {
    const box = list.current
    if (!box) return
    const above = active * rowHeight
    if (above < box.scrollTop) box.scrollTop = above
    else if (above + rowHeight > box.scrollTop + box.clientHeight)
      box.scrollTop = above + rowHeight - box.clientHeight
  }, [active])

  if (rows?.failed.value) return <p class="empty">{words.notListed}</p>
  if (total === 0)
    return <p class="empty">{model.searched.value === undefined ? words.noMessages : words.nothingFound}</p>
  return (
    <div
      ref={list}
      class="rows"
      role="listbox"
      aria-label={words.messages}
      tabIndex={0}
      aria-activedescendant={total === undefined ? undefined : `row-${active}`}
      aria-busy={total === undefined}
      onScroll={() => {
        top.value = list.current?.scrollTop ?? 0
      }}
      onKeyDown={(event) => {
        const page = Math.max(1, Math.floor(height.value / rowHeight) - 1)
        const all = Number.POSITIVE_INFINITY
        const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -all, End: all }
        const by = (moves as Readonly<Record<string, number>>)[event.key]
        if (by === undefined) return
        event.preventDefault()
        void model.go(by)
      }}
    >
      <div role="presentation" class="room" style={{ height: `${(total ?? 0) * rowHeight}px` }} />
      {shownRows.value.map((index) => (
        <Row
          key={index}
          index={index}
          total={total ?? 0}
          row={rows?.known.value.get(index)}
          isActive={index === active}
          model={model}
        />
      ))}
    </div>
  )
}

interface RowProps {
  readonly index: number
  readonly total: number
  readonly row: MessageRow | undefined
  readonly isActive: boolean
  readonly model: ReaderModel
}

function Row({ index, total, row, isActive, model }: RowProps) {
  const { words, formats } = model
  const isNew = row !== undefined && !row.flags.includes('\\Seen')
  const who = row && (row.flags.includes('\\Draft') ? row.to : row.from)
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the focus, and its keys
    // biome-ignore lint/a11y/useFocusableInteractive: the list names its active row
    <div
      id={`row-${index}`}
      class={`row${isNew ? ' new' : ''}`}
      role="option"
      aria-selected={isActive}
      aria-posinset={index + 1}
      aria-setsize={total}
      style={{ transform: `translateY(${index * rowHeight}px)` }}
      onClick={() => void model.open(index)}
    >
      {row === undefined ? (
        <span class="subject">{words.loading}</span>
      ) : (
        <>
          <span class="who">
            <bdi>{who?.map(personName).join(', ') || words.nobody}</bdi>
          </span>
          <time class="when" dateTime={new Date(row.arrivedMs).toISOString()}>
            {formats.short(row.arrivedMs)}
          </time>
          <span class="subject" style={{ paddingInlineStart: `${Math.min(row.depth, mostIndent)}em` }}>
            {row.depth > 0 && <span aria-hidden="true">↳ </span>}
            <bdi>{row.subject || words.noSubject}</bdi>
          </span>
          <span class="marks">
            {isNew && <Mark sign="●" word={words.newMail} />}
            {row.flags.includes('\\Flagged') && <Mark sign="★" word={words.flagged} />}
            {row.flags.includes('\\Answered') && <Mark sign="↩" word={words.answered} />}
            {row.flags.includes('\\Draft') && <Mark sign="✎" word={words.draftMark} />}
            {row.missingBytes > 0 && <Mark sign="…" word={words.missing(formats.bytes(row.missingBytes))} />}
          </span>
        </>
      )}
    </div>
  )
}

function Mark({ sign, word }: { readonly sign: string; readonly word: string }) {
  return (
    <span title={word}>
      <span aria-hidden="true">{sign}</span>
      <span class="spoken">{word}</span>
    </span>
  )
}
