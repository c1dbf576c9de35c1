import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { framePage, frameSandbox } from '../../mail/frame-page.js'
import { safePage } from '../../mail/safe-page.js'
import type { ShownMessage } from '../../port.js'
import type { ReaderModel } from '../model/reader-model.js'
import { trustedHtml } from './trusted.js'

export interface PageFrameProps {
  readonly message: ShownMessage
  readonly part: number
  readonly model: ReaderModel
}

/** The types that browsers show as pictures, and that can be nothing else. */
const pictureTypes = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'])
const tallest = 20_000

/** A part of HTML, in a frame that lets nothing out. */
export function PageFrame({ message, part, model }: PageFrameProps) {
  const { words } = model
  const frame = useRef<HTMLIFrameElement>(null)
  const remote = useSignal(0)
  /** The part whose pictures from elsewhere somebody wants: no other one's are loaded for that. */
  const opened = useSignal('')
  const here = `${message.guid} ${part}`
  const isOpen = opened.value === here
  /** What goes into the frame that may load pictures, once it is there. */
  const content = useRef('')
  useEffect(() => {
    const made: string[] = []
    let isOver = false
    void model.attempt(async () => {
      const { bytes, charset } = await model.port.part(message.guid, part)
      const pictures = new Map<string, string>()
      for (const each of message.parts) {
        if (each.contentId === undefined || each.state !== 'here' || !pictureTypes.has(each.type)) continue
        const picture = await model.port.part(message.guid, each.part)
        const url = URL.createObjectURL(new Blob([picture.bytes], { type: each.type }))
        made.push(url)
        pictures.set(each.contentId, url)
      }
      const { html, remotePictures } = safePage(decode(bytes, charset), pictures, isOpen)
      if (isOver || !frame.current) return
      remote.value = remotePictures
      content.current = html
      if (isOpen) frame.current.setAttribute('src', document.documentElement.dataset['frame'] ?? '')
      else frame.current.setAttribute('srcdoc', trustedHtml(framePage(html)))
    })
    return () => {
      isOver = true
      for (const url of made) URL.revokeObjectURL(url)
    }
  }, [message.guid, part, model, remote, isOpen])
  return (
    <>
      {remote.value > 0 && !isOpen && (
        <>
          <p class="note">{words.remotePictures(remote.value)}</p>
          <button type="button" onClick={() => (opened.value = here)}>
            {words.loadPictures}
          </button>
        </>
      )}
      <iframe
        key={`${isOpen}`}
        ref={frame}
        class="page"
        title={words.pageTitle}
        sandbox={frameSandbox}
        // Browsers that know it send no cookies for its pictures. TypeScript's types don't.
        {...{ credentialless: isOpen }}
        onLoad={({ currentTarget }) => {
          const page = currentTarget.contentDocument
          if (!page) return
          // Before that there is a page of nothing, under the policy of this one.
          if (isOpen && page.URL !== 'about:blank') page.body.innerHTML = content.current
          // Pictures come one by one, and the page grows.
          new ResizeObserver(() => fit(currentTarget)).observe(page.body)
        }}
      />
    </>
  )
}

function fit(frame: HTMLIFrameElement): void {
  const height = frame.contentDocument?.documentElement.scrollHeight ?? 0
  if (height > 0) frame.style.height = `${Math.min(height + 1, tallest)}px`
}

function decode(bytes: Uint8Array<ArrayBuffer>, charset = 'utf-8'): string {
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}
