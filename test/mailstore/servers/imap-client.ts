import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { until } from '../../world/until.js'

/** As much of an IMAP client (RFC 9051) as the tests need. */
export interface ImapClient {
  /** Sends a command and gives its untagged responses; throws when the answer isn't OK. */
  command(text: string): Promise<string[]>
  append(mailbox: string, message: Uint8Array, flags?: string): Promise<void>
  /** UIDVALIDITY, UIDNEXT and every message of a mailbox. */
  fetchAll(mailbox: string): Promise<ImapMailbox>
  logout(): Promise<void>
}

export interface ImapMailbox {
  readonly uidValidity: number
  readonly uidNext: number
  readonly messages: readonly {
    readonly uid: number
    readonly flags: readonly string[]
    readonly bytes: string
  }[]
}

export async function imapLogin(port: number, user: string): Promise<ImapClient> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const lines = linesOf(socket)
  await lines.next()
  let serial = 0
  const finish = async (tag: string, text: string): Promise<string[]> => {
    const answers: string[] = []
    for (;;) {
      const { value, done } = await lines.next()
      if (done) throw new Error(`the server hung up after ${text}`)
      if (!value.startsWith(`${tag} `)) answers.push(value)
      else if (value.startsWith(`${tag} OK`)) return answers
      else throw new Error(`${text}: ${value}`)
    }
  }
  const client: ImapClient = {
    command: (text) => {
      const tag = `a${++serial}`
      socket.write(`${tag} ${text}\r\n`)
      return finish(tag, text)
    },
    append: async (mailbox, message, flags = '') => {
      const tag = `a${++serial}`
      socket.write(`${tag} APPEND "${mailbox}" (${flags}) {${message.length}}\r\n`)
      for (;;) {
        const { value, done } = await lines.next()
        if (done || value.startsWith(`${tag} `)) throw new Error(`APPEND: ${value}`)
        if (value.startsWith('+')) break
      }
      socket.write(message)
      socket.write('\r\n')
      await finish(tag, 'APPEND')
    },
    fetchAll: async (mailbox) => {
      const selected = (await client.command(`SELECT "${mailbox}"`)).join('\n')
      const number = (name: string): number => Number(new RegExp(`${name} (\\d+)`).exec(selected)?.[1])
      const answers = / 0 EXISTS|\* 0 EXISTS/.test(selected)
        ? []
        : await client.command('FETCH 1:* (UID FLAGS BODY.PEEK[])')
      const messages = answers.flatMap((answer) => {
        const uid = /UID (\d+)/.exec(answer)?.[1]
        const flags = /FLAGS \(([^)]*)\)/.exec(answer)?.[1] ?? ''
        const body = /BODY\[\] \{\d+\}\r\n([\s\S]*)\)$/.exec(answer)?.[1]
        return uid !== undefined && body !== undefined
          ? [{ uid: Number(uid), flags: flags.split(' ').filter(Boolean), bytes: body }]
          : []
      })
      return { uidValidity: number('UIDVALIDITY'), uidNext: number('UIDNEXT'), messages }
    },
    logout: async () => {
      await client.command('LOGOUT').catch(() => [])
      socket.destroy()
    },
  }
  await client.command(`LOGIN ${user} x`)
  return client
}

/** Responses, each with its literals inside, as Latin-1. */
async function* linesOf(socket: Socket): AsyncGenerator<string, undefined> {
  let buffer = ''
  let response = ''
  let literal = 0
  socket.setEncoding('latin1')
  for await (const chunk of socket) {
    buffer += String(chunk)
    for (;;) {
      if (literal > 0) {
        if (buffer.length < literal) break
        response += buffer.slice(0, literal)
        buffer = buffer.slice(literal)
        literal = 0
      }
      const end = buffer.indexOf('\r\n')
      if (end < 0) break
      const line = buffer.slice(0, end)
      buffer = buffer.slice(end + 2)
      const size = /\{(\d+)\}$/.exec(line)?.[1]
      response += size === undefined ? line : `${line}\r\n`
      if (size !== undefined) {
        literal = Number(size)
        continue
      }
      yield response
      response = ''
    }
  }
  return undefined
}

/** When a server that was just started takes logins; fails, with `why`, where its program has ended. */
export async function untilLogin(port: number, program: ChildProcess, why: () => string): Promise<void> {
  await until(async () => {
    try {
      await (await imapLogin(port, 'probe')).logout()
      return true
    } catch (error) {
      if (program.exitCode !== null) throw new Error(why(), { cause: error })
      return false
    }
  }, why)
}
