import { join } from 'node:path'
import { freePort } from '../peers/packetboat.js'
import { type Daemon, mustRun, startDaemon } from '../process.js'

/** An endpoint on loopback that has the reader, and can be away for a while. */
export interface ReaderEndpoint {
  readonly port: number
  cpuSeconds(): number
  /** A link that pairs one browser, which gets at the endpoint by this address. */
  link(address?: string): Promise<string>
  start(): Promise<void>
  stop(): Promise<void>
}

/** Starts it, and waits until it has read the account. */
export async function openReaderEndpoint(
  program: string,
  root: string,
  maildir: string,
): Promise<ReaderEndpoint> {
  const port = await freePort()
  const data = join(root, 'endpoint')
  const serve = [program, 'serve', '--json', '--plain', '--reader', '--data', data]
  let [daemon, links]: [Daemon | undefined, number] = [undefined, 0]
  const start = async (): Promise<void> => {
    let output = ''
    const isReady = await new Promise<boolean>((done) => {
      daemon = startDaemon(
        [...serve, '--listen', `127.0.0.1:${port}`, '--account', `me=maildir:${maildir}`],
        {
          onLine: (line) => {
            output += `${line}\n`
            if (line.includes('"indexed"')) done(true)
            if (line.includes('"error"')) done(false)
          },
        },
      )
    })
    if (!isReady) throw new Error(`The reader's endpoint didn't start: ${output}`)
  }
  await start()
  return {
    port,
    cpuSeconds: () => daemon?.cpuSeconds() ?? 0,
    link: async (address = `127.0.0.1:${port}`) => {
      const add = [program, 'device', 'add', 'me', `browser-${links++}`, '--reader', '--data', data]
      return (await mustRun([...add, '--address', address])).trim()
    },
    start,
    stop: async () => daemon?.stop(),
  }
}
