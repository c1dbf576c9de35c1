interface Key {
  readonly ctrl?: boolean
  readonly name?: string
}

/**
 * A signal that also aborts when the person ends the input, with Ctrl-D or by closing the terminal. The
 * library that asks the questions doesn't report that, and the program would end at an open question as if
 * all were done.
 */
export function untilClosed(signal: AbortSignal, keyboard: NodeJS.ReadStream): AbortSignal {
  const closed = new AbortController()
  const close = (): void => closed.abort()
  keyboard.once('end', close)
  keyboard.on('keypress', (_text: string | undefined, key?: Key) => {
    if (key?.ctrl === true && key.name === 'd') close()
  })
  return AbortSignal.any([signal, closed.signal])
}
