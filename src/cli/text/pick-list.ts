import {
  createPrompt,
  isDownKey,
  isEnterKey,
  isSpaceKey,
  isUpKey,
  type KeypressEvent,
  makeTheme,
  useKeypress,
  usePagination,
  usePrefix,
  useState,
} from '@inquirer/core'
import { fitText } from './fit-text.js'

/** A line of a list to pick from: a heading, or a thing with its box. */
export type PickLine =
  | { readonly heading: string }
  | { readonly value: string; readonly name: string; readonly checked: boolean }

interface PickConfig {
  readonly message: string
  readonly lines: readonly PickLine[]
  /** How many of the lines are shown at once. */
  readonly height: number
  readonly columns: number
  /** What stands below the list, of what is picked at the moment. */
  readonly total: (picked: ReadonlySet<string>) => string
  /** Whether at least one must be picked. */
  readonly required?: boolean
}

interface Box {
  readonly value: string
  readonly at: number
}

function pickedAfter(
  key: KeypressEvent,
  picked: ReadonlySet<string>,
  boxes: readonly Box[],
  active: number,
): ReadonlySet<string> {
  const all = boxes.map(({ value }) => value)
  const invert = (some: readonly string[]): ReadonlySet<string> =>
    new Set(all.filter((value) => picked.has(value) !== some.includes(value)))
  if (isSpaceKey(key)) return invert(boxes.filter(({ at }) => at === active).map(({ value }) => value))
  if (key.name === 'a') return new Set(picked.size < all.length ? all : [])
  return key.name === 'i' ? invert(all) : picked
}

/**
 * A question on a terminal with a list of boxes, and below it what the ticked ones add up to, updated at
 * every key. (The checkbox of the same library shows no sum.) Loaded only where somebody is asked.
 */
export const pickList = createPrompt<readonly string[], PickConfig>((config, done) => {
  const { lines, columns, total, required = false } = config
  const theme = makeTheme({})
  const [status, setStatus] = useState<'idle' | 'done'>('idle')
  const prefix = usePrefix({ status, theme })
  const boxes = lines.flatMap((line, at) => ('heading' in line ? [] : [{ ...line, at }]))
  const [active, setActive] = useState(boxes[0]?.at ?? 0)
  const [picked, setPicked] = useState<ReadonlySet<string>>(
    new Set(boxes.filter(({ checked }) => checked).map(({ value }) => value)),
  )
  const isEmpty = required && picked.size === 0
  useKeypress((key) => {
    if (isEnterKey(key)) {
      if (isEmpty) return
      setStatus('done')
      done(boxes.map(({ value }) => value).filter((value) => picked.has(value)))
    } else if (isUpKey(key) || isDownKey(key)) {
      const row = boxes.findIndex(({ at }) => at === active) + (isUpKey(key) ? -1 : 1)
      setActive(boxes[Math.min(boxes.length - 1, Math.max(0, row))]?.at ?? active)
    } else setPicked(pickedAfter(key, picked, boxes, active))
  })
  const message = `${prefix} ${theme.style.message(config.message, status)}`
  const page = usePagination({
    items: lines,
    active,
    pageSize: config.height,
    loop: false,
    renderItem: ({ item, isActive }) => {
      if ('heading' in item) return fitText(` ${item.heading}`, columns - 1)
      const line = fitText(
        `${isActive ? '>' : ' '}[${picked.has(item.value) ? 'x' : ' '}] ${item.name}`,
        columns - 1,
      )
      return isActive ? theme.style.highlight(line) : line
    },
  })
  const sum = isEmpty ? 'Pick at least one.' : total(picked)
  if (status === 'done') return `${message} ${theme.style.answer(sum)}`
  const keys =
    columns < 70
      ? 'Space picks, a all, Enter goes on.'
      : 'Up and down move, Space picks, a picks all, i the others, Enter goes on.'
  return [message, page, ' ', fitText(sum, columns - 1), fitText(keys, columns - 1)].join('\n')
})
