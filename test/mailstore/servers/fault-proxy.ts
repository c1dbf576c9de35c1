import { connect, createServer, type Socket } from 'node:net'

/** A line to a mail server that fails as it is told. */
export interface FaultProxy {
  readonly port: number
  /** Connections that were made so far. */
  connections: number
  /** Commands that came so far, without tags. */
  readonly commands: string[]
  /** Nothing comes through in either direction, and nobody hangs up. */
  silent: boolean
  /** Nobody answers. */
  away: boolean
  /** The next connections break after so many bytes from the server, once. */
  cutAfter(bytes: number | undefined): void
  /** The answer to the next command whose line holds this is lost, and the connection with it. The server does what it was asked. */
  loseAnswerTo(word: string): void
  /** Commands whose line holds this word are answered with NO and this text, and never reach the server. */
  refuse(word: string, text: string): void
  /** The server says this instead of that, of the same length, wherever it says that within one piece. */
  alter(from: string, to: string): void
  /** Breaks what is connected now. */
  drop(): void
  close(): Promise<void>
}

export async function faultProxy(target: number): Promise<FaultProxy> {
  let cut: number | undefined
  let lost: string | undefined
  let altered: { readonly from: string; readonly to: string } | undefined
  let refused: { readonly word: string; readonly text: string } | undefined
  const open = new Set<Socket>()
  const server = createServer({ noDelay: true }, (near) => {
    if (proxy.away) {
      near.destroy()
      return
    }
    proxy.connections++
    const far = connect({ port: target, host: '127.0.0.1', noDelay: true })
    let mute = false
    let swallow = 0
    for (const socket of [near, far]) {
      open.add(socket)
      socket.on('error', () => undefined)
      socket.once('close', () => {
        open.delete(socket)
        near.destroy()
        far.end()
      })
    }
    near.on('data', (chunk: Buffer) => {
      if (proxy.silent) return
      const skipped = Math.min(swallow, chunk.length)
      swallow -= skipped
      const rest = chunk.subarray(skipped)
      if (rest.length === 0) return
      const line = rest.toString('latin1').split('\r\n', 1)[0] ?? ''
      proxy.commands.push(line.slice(line.indexOf(' ') + 1))
      if (refused && line.includes(refused.word)) {
        near.write(`${line.split(' ', 1)[0]} NO ${refused.text}\r\n`)
        const size = Number(/\{(\d+)\+\}$/.exec(line)?.[1] ?? -2)
        swallow = Math.max(0, line.length + 2 + size + 2 - rest.length)
        return
      }
      if (lost !== undefined && line.includes(lost)) {
        lost = undefined
        mute = true
      }
      far.write(rest)
    })
    far.on('data', (said: Buffer) => {
      const chunk = altered
        ? Buffer.from(said.toString('latin1').replaceAll(altered.from, altered.to), 'latin1')
        : said
      // What was asked for is done when the server says so: then the line goes.
      if (mute && !/^\+/.test(chunk.toString('latin1'))) {
        near.destroy()
        return
      }
      if (cut !== undefined && cut < chunk.length) {
        near.write(chunk.subarray(0, cut))
        cut = undefined
        near.destroy()
        return
      }
      if (cut !== undefined) cut -= chunk.length
      near.write(chunk)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const proxy: FaultProxy = {
    port: address.port,
    connections: 0,
    commands: [],
    away: false,
    silent: false,
    cutAfter: (bytes) => {
      cut = bytes
    },
    loseAnswerTo: (word) => {
      lost = word
    },
    refuse: (word, text) => {
      refused = word === '' ? undefined : { word, text }
    },
    alter: (from, to) => {
      altered = { from, to }
    },
    drop: () => {
      for (const socket of open) socket.destroy()
    },
    close: async () => {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return proxy
}
