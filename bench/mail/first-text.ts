import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Raw } from './message.js'

export interface Watch {
  /** Seconds from the start until the first of the messages, and until the last, had its text in the client's Maildir. */
  stop(): { readonly first: number | undefined; readonly all: number | undefined }
}

/** Looks at the client's INBOX, twenty times a second, for the texts of these messages. */
export function watchTexts(clientMail: string, messages: readonly Raw[]): Watch {
  const startMs = performance.now()
  const waiting = new Set(messages.map(phraseOf))
  const seen: number[] = []
  const known = new Set<string>()
  const lookInto = (path: string, name: string): void => {
    const { size, mtimeMs } = statSync(path)
    // A stand-in becomes the message under the same or another name: size or time tell.
    const state = `${name} ${size} ${mtimeMs}`
    if (known.has(state)) return
    known.add(state)
    const text = readFileSync(path, 'latin1')
    // A stand-in has no Message-ID yet, but the text.
    for (const phrase of waiting) {
      if (!text.includes(phrase)) continue
      waiting.delete(phrase)
      seen.push((performance.now() - startMs) / 1000)
    }
  }
  const look = (): void => {
    for (const folder of ['cur', 'new', 'INBOX/cur', 'INBOX/new'].map((name) => join(clientMail, name)))
      for (const name of existsSync(folder) ? readdirSync(folder) : []) {
        try {
          lookInto(join(folder, name), name)
        } catch {
          // It went while we looked.
        }
      }
  }
  look()
  const timer = setInterval(look, 50)
  return {
    stop: () => {
      clearInterval(timer)
      look()
      return { first: seen[0], all: waiting.size === 0 ? seen.at(-1) : undefined }
    },
  }
}

/** The first line of its text, below all headers: what a reader sees. */
function phraseOf(message: Raw): string {
  const lines = message.slice(message.indexOf('\n\n')).split('\n')
  return lines.find((line) => line.length > 25 && /^[a-zA-Z ]+[a-z.]$/.test(line)) ?? '\0'
}
