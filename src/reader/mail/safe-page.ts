import DOMPurify from 'dompurify'
import { followable } from './find-links.js'
import { percentDecoded } from './percent-decoded.js'

/** A page of a mail without anything that acts or asks for something, as text for a frame that would let nothing out either. */
export interface SafePage {
  readonly html: string
  /** Pictures from elsewhere that were left out, or are loaded. */
  readonly remotePictures: number
}

const remote = ['src', 'srcset', 'poster', 'background', 'data', 'href', 'xlink:href'] as const

/**
 * @param pictures those that came with the mail, by their ids, as addresses that the frame may show.
 * @param withRemote pictures from elsewhere stay, as far as they come over TLS.
 */
export function safePage(html: string, pictures: ReadonlyMap<string, string>, withRemote = false): SafePage {
  const purify = DOMPurify(window)
  let remotePictures = 0
  purify.addHook('afterSanitizeAttributes', (element) => {
    if (element.tagName === 'A' || element.tagName === 'AREA') {
      const href = followable(element.getAttribute('href') ?? '')
      if (href === undefined) element.removeAttribute('href')
      else {
        element.setAttribute('href', href)
        element.setAttribute('target', '_blank')
        element.setAttribute('rel', 'noopener noreferrer')
      }
      return
    }
    for (const name of remote) {
      const value = element.getAttribute(name)
      if (value === null) continue
      const id = /^cid:(.+)$/i.exec(value.trim())?.[1]
      const picture = name === 'src' && id !== undefined ? pictures.get(percentDecoded(id) ?? id) : undefined
      const address = /^(?:https?:)?(\/\/.+)$/is.exec(value.trim())?.[1]
      const isRemote = element.tagName === 'IMG' && name === 'src' && address !== undefined
      if (isRemote) remotePictures++
      if (picture !== undefined) element.setAttribute(name, picture)
      else if (isRemote && withRemote) element.setAttribute(name, `https:${address}`)
      else element.removeAttribute(name)
    }
  })
  const clean = purify.sanitize(html, {
    USE_PROFILES: { html: true },
    FORBID_TAGS: [
      'style',
      'form',
      'input',
      'button',
      'textarea',
      'select',
      'video',
      'audio',
      'source',
      'link',
      'base',
    ],
    FORBID_ATTR: ['style', 'ping', 'autofocus', 'id', 'name'],
  })
  return { html: clean, remotePictures }
}
