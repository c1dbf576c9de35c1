/** A signal that fires so many ms after another one, unless it is closed before. It keeps no program from ending. */
export function laterThan(
  signal: AbortSignal,
  ms: number,
): { readonly signal: AbortSignal; readonly close: () => void } {
  const later = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const begin = (): void => {
    timer = setTimeout(() => later.abort(signal.reason), ms).unref()
  }
  if (signal.aborted) begin()
  else signal.addEventListener('abort', begin, { once: true })
  const close = (): void => {
    signal.removeEventListener('abort', begin)
    clearTimeout(timer)
  }
  return { signal: later.signal, close }
}
