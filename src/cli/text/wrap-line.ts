import { textWidth } from './text-width.js'

/** Letters of two columns, in scripts that put no space between words: a line may end after each, but not before what closes. */
const wide =
  '\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6'
const closing = '、。，．：；！？）」』】》〉・ー々'
const pieces = new RegExp(`( *)((?:[${wide}]|[^ ${wide}]+)[${closing}]*)`, 'g')

/**
 * Wraps a line so that a terminal need not: between words, or letters of two columns, the later lines indented by two more than the
 * first. A line with no place to break stays as long as it is.
 */
export function wrapLine(text: string, columns: number): string[] {
  if (textWidth(text) <= columns) return [text]
  const indent = /^ */.exec(text)?.[0] ?? ''
  const lines: string[] = []
  let line = indent
  for (const [, gap = '', word = ''] of text.slice(indent.length).matchAll(pieces)) {
    if (line.trim() !== '' && textWidth(line + gap + word) > columns) {
      lines.push(line)
      line = `${indent}  ${word}`
    } else line += gap + word
  }
  return [...lines, line]
}
