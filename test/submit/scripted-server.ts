import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/**
 * What a server says: to each command by its first word, to the final dot by `.`, at first by `hello`. '' is silence, `null` hangs up. An answer is
 * said once for each time that it is asked for; the last one stays.
 */
export type Script = Readonly<Record<string, string | null | readonly (string | null)[]>>

export interface ScriptedServer {
  readonly port: number
  /** Every line that came in. */
  readonly heard: string[]
  /** Ends when a line like this has come. */
  hears(line: RegExp): Promise<void>
}

const usual: Script = {
  hello: '220 here',
  EHLO: '250-here\r\n250-PIPELINING\r\n250 8BITMIME',
  LHLO: '250-here\r\n250 PIPELINING',
  MAIL: '250 ok',
  RCPT: '250 ok',
  DATA: '354 go on',
  '.': '250 taken',
  QUIT: '221 bye',
}

export async function startScripted(t: TestContext, script: Script = {}): Promise<ScriptedServer> {
  const says = { ...usual, ...script }
  const heard: string[] = []
  const waiting: { readonly line: RegExp; readonly over: () => void }[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    const asked = new Map<string, number>()
    let text = ''
    let inBody = false
    const say = (to: string): void => {
      const answers = says[to]
      const times = asked.get(to) ?? 0
      asked.set(to, times + 1)
      const answer = Array.isArray(answers) ? answers[Math.min(times, answers.length - 1)] : answers
      if (answer === null) socket.destroy()
      else if (answer === undefined) socket.write('500 what?\r\n')
      else if (answer !== '') socket.write(`${answer}\r\n`)
    }
    const hear = (line: string): void => {
      heard.push(line)
      for (const { line: wanted, over } of waiting) if (wanted.test(line)) over()
      if (inBody && line !== '.') return
      const command = inBody ? '.' : (/^[A-Z]+/i.exec(line)?.[0].toUpperCase() ?? line)
      inBody = command === 'DATA' && String(says['DATA']).startsWith('354')
      say(command)
    }
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      const lines = (text + chunk).split('\r\n')
      text = lines.pop() ?? ''
      for (const line of lines) hear(line)
    })
    say('hello')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    port: (server.address() as AddressInfo).port,
    heard,
    hears: (line) =>
      heard.some((each) => line.test(each))
        ? Promise.resolve()
        : new Promise((over) => waiting.push({ line, over })),
  }
}
