import { type ChildProcess, spawn } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { imapLogin } from './imap-client.js'
import type { MailServer } from './mail-server.js'
import { nobody, peerFile, peerLibraries, whyNoPeer } from './unpacked-peers.js'

export const whyNoCourier = (): string | undefined => whyNoPeer('usr/bin/imapd')

const capability = 'IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT IDLE'

/** A real Courier on loopback, that is its imapd: what takes the login is ours, since Courier's wants a daemon set up for the machine. */
export async function startCourier({ keywords = true } = {}): Promise<MailServer> {
  const root = mkdtempSync(join(tmpdir(), 'packetboat-courier-'))
  chownSync(root, nobody, nobody)
  const running = new Set<ChildProcess>()
  const server = createServer({ noDelay: true }, (socket) => takeLogin(socket, root, running, keywords))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  let accounts = 0
  return {
    name: 'Courier',
    port: address.port,
    naming: { prefix: 'INBOX.', delimiter: '.' },
    account: async () => {
      const user = `user${++accounts}`
      for (const folder of ['', 'cur', 'new', 'tmp']) {
        mkdirSync(join(root, user, folder), { mode: 0o700 })
        chownSync(join(root, user, folder), nobody, nobody)
      }
      return user
    },
    login: (user) => imapLogin(address.port, user),
    complaints: () => [],
    stop: async () => {
      for (const imapd of running) imapd.kill('SIGKILL')
      await new Promise((resolve) => server.close(resolve))
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** Greets, waits for LOGIN, and hands the line to an imapd that says that it is done, as Courier's imaplogin does. */
function takeLogin(socket: Socket, root: string, running: Set<ChildProcess>, keywords: boolean): void {
  socket.on('error', () => undefined)
  socket.write(`* OK [CAPABILITY ${capability}] Courier-IMAP ready.\r\n`)
  let text = ''
  const onData = (chunk: Buffer): void => {
    text += chunk.toString('latin1')
    const end = text.indexOf('\r\n')
    if (end < 0) return
    const line = text.slice(0, end)
    text = text.slice(end + 2)
    const [tag = '', command = '', name = ''] = line.split(' ')
    switch (command.toUpperCase()) {
      case 'LOGIN': {
        socket.off('data', onData)
        const user = name.replaceAll('"', '')
        const imapd = spawn(peerFile('usr/bin/imapd'), [join(root, user)], {
          cwd: join(root, user),
          uid: nobody,
          gid: nobody,
          env: {
            ...peerLibraries(),
            AUTHENTICATED: user,
            IMAPLOGINTAG: tag,
            MAILDIR: join(root, user),
            HOME: join(root, user),
            IMAP_CAPABILITY: capability,
            IMAP_KEYWORDS: keywords ? '1' : '0',
            IMAP_USELOCKS: '1',
            IMAP_IDLE_TIMEOUT: '5',
            IMAP_TRASHFOLDERNAME: 'Trash',
            TCPREMOTEIP: '127.0.0.1',
            TCPREMOTEPORT: '1',
          },
        })
        running.add(imapd)
        imapd.once('exit', () => {
          running.delete(imapd)
          socket.end()
        })
        imapd.stdin.on('error', () => undefined)
        socket.once('close', () => imapd.stdin.end())
        if (text !== '') imapd.stdin.write(Buffer.from(text, 'latin1'))
        socket.pipe(imapd.stdin)
        imapd.stdout.pipe(socket)
        return
      }
      case 'CAPABILITY':
        socket.write(`* CAPABILITY ${capability}\r\n${tag} OK done\r\n`)
        break
      case 'LOGOUT':
        socket.end(`* BYE\r\n${tag} OK done\r\n`)
        return
      default:
        socket.write(`${tag} BAD log in first\r\n`)
    }
    if (text !== '') onData(Buffer.alloc(0))
  }
  socket.on('data', onData)
}
