/** What a small picture may take that stands for a large one. */
export const smallPictureBytes = 3000

/** A picture in base64, whoever made it; empty where it is none, or another than we make. */
export function smallPictureText(text: string): string {
  const fits = text.length <= Math.ceil(smallPictureBytes / 3) * 4 && text.length % 4 === 0
  const isOne = fits && /^[A-Za-z0-9+/]{16,}={0,2}$/.test(text)
  return isOne && /^RIFF[\s\S]{4}WEBP/.test(atob(text.slice(0, 16))) ? text : ''
}

/** In lines, as mail has it (RFC 2045 6.8). */
export const base64Lines = (text: string): string => text.replace(/.{76}(?=.)/g, '$&\n')
