import { framePage, frameSandbox } from '../../../src/reader/mail/frame-page.js'
import { safePage } from '../../../src/reader/mail/safe-page.js'
import { trustedHtml } from '../../../src/reader/ui/message/trusted.js'
import type { HostilePage } from './hostile-pages.js'

/** What stands between a mail's page and everything else, besides what the page around it came with. */
export type Wall = 'nothing' | 'policy' | 'frame' | 'sandbox' | 'sanitizer'

export interface HostileProgram {
  /** Puts pages behind one wall alone, each into a frame, until all are loaded and drawn, and their links pressed. */
  show(pages: readonly HostilePage[], wall: Wall): Promise<void>
}

const program = globalThis as unknown as HostileProgram
program.show = async (pages, wall) => {
  await Promise.all(pages.map((page) => showOne(page, wall)))
}

async function showOne({ html, pressed }: HostilePage, wall: Wall): Promise<void> {
  const frame = document.createElement('iframe')
  if (wall === 'sandbox') frame.setAttribute('sandbox', frameSandbox)
  if (wall === 'frame') frame.setAttribute('src', 'frame.html')
  else frame.setAttribute('srcdoc', trustedHtml(behind(wall, html)))
  const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }))
  document.body.append(frame)
  await loaded
  if (wall === 'frame' && frame.contentDocument) frame.contentDocument.body.innerHTML = html
  if (pressed) frame.contentDocument?.querySelector('a')?.dispatchEvent(new MouseEvent('click'))
  for (let drawn = 0; drawn < 2; drawn++) await new Promise((resolve) => requestAnimationFrame(resolve))
}

function behind(wall: Wall, html: string): string {
  if (wall === 'policy') return framePage(html)
  if (wall === 'sanitizer') return safePage(html, new Map()).html
  return html
}
