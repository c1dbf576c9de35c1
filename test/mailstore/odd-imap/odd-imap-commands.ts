import type { Socket } from 'node:net'

/** A word, or a list of words. */
export type OddArgument = string | readonly OddArgument[]

export interface OddCommand {
  readonly tag: string
  /** In capitals; `UID FETCH` is one name. */
  readonly name: string
  readonly args: readonly OddArgument[]
  /** As it came, without its tag, literals in their places. */
  readonly text: string
}

/** Takes commands with their literals from a connection, one after the other. */
export function readCommands(
  socket: Socket,
  say: (line: string) => void,
  take: (command: OddCommand) => void,
): void {
  let buffered = ''
  /** Of the command that is coming: what has come, and where its literals stand in it. */
  let text = ''
  let literals: (readonly [from: number, to: number])[] = []
  let awaited = 0
  socket.on('data', (chunk: Buffer) => {
    buffered += chunk.toString('latin1')
    for (;;) {
      if (awaited > 0) {
        if (buffered.length < awaited) return
        literals.push([text.length, text.length + awaited])
        text += buffered.slice(0, awaited)
        buffered = buffered.slice(awaited)
        awaited = 0
      }
      const end = buffered.indexOf('\r\n')
      if (end < 0) return
      const line = buffered.slice(0, end)
      buffered = buffered.slice(end + 2)
      const literal = /~?\{(\d+)(\+?)\}$/.exec(line)
      text += literal ? line.slice(0, literal.index) : line
      if (literal) {
        awaited = Number(literal[1])
        if (awaited === 0) literals.push([text.length, text.length])
        if (literal[2] === '') say('+ go on')
        continue
      }
      const command = parse(text, literals)
      text = ''
      literals = []
      take(command)
    }
  })
}

function parse(whole: string, literals: readonly (readonly [number, number])[]): OddCommand {
  const tag = whole.split(' ', 1)[0] ?? ''
  const text = whole.slice(tag.length + 1)
  const words: OddArgument[] = []
  const stack: OddArgument[][] = []
  let list = words
  let at = tag.length + 1
  while (at < whole.length) {
    const literal = literals.find(([from]) => from === at)
    const sign = whole.charAt(at)
    if (literal) {
      list.push(whole.slice(...literal))
      at = Math.max(literal[1], at + 1)
    } else if (sign === ' ') at++
    else if (sign === '(') {
      stack.push(list)
      const inner: OddArgument[] = []
      list.push(inner)
      list = inner
      at++
    } else if (sign === ')') {
      list = stack.pop() ?? words
      at++
    } else if (sign === '"') {
      const [all = '"', inner = ''] = /^"((?:[^"\\]|\\.)*)"/.exec(whole.slice(at)) ?? []
      list.push(inner.replace(/\\(.)/g, '$1'))
      at += all.length
    } else {
      const [word = sign] = /^(?:BODY(?:\.PEEK)?\[[^\]]*\](?:<[^>]*>)?|[^ ()]+)/i.exec(whole.slice(at)) ?? []
      list.push(word)
      at += word.length
    }
  }
  const [first = '', second = ''] = words.map((word) => String(word).toUpperCase())
  const name = first === 'UID' ? `UID ${second}` : first
  return { tag, name, args: words.slice(first === 'UID' ? 2 : 1), text }
}
