import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { callProgram } from '../../world/process/call.js'
import { type MaildirPerson, maildirPerson } from '../../world/process/maildir-person.js'
import { describeRun, type Program, type RunResult, startProgram } from '../../world/process/program.js'
import type { Cleanup } from '../../world/process/world.js'

/** An endpoint as a process of its own, whose accounts are on IMAP servers. */
export interface ImapServed {
  readonly data: string
  /** Any command on the endpoint's data, with `--json`. */
  run(...args: readonly string[]): Promise<RunResult>
  /** A device of an account, paired and not synced yet. */
  addDevice(account: string): Promise<ImapDevice>
}

export interface ImapDevice {
  readonly maildir: string
  readonly person: MaildirPerson
  sync(): Program
  /** Any other command on its data, with `--json`. */
  run(...args: readonly string[]): Promise<RunResult>
}

/** @param ports of the accounts' servers on loopback, each of which takes user `me` with any password. */
export async function serveImap(t: Cleanup, ports: Readonly<Record<string, number>>): Promise<ImapServed> {
  const home = mkdtempSync(join(tmpdir(), 'packetboat-imap-'))
  const data = join(home, 'endpoint')
  mkdirSync(data, { mode: 0o700 })
  const accounts = Object.entries(ports).map(
    ([name, port]) =>
      `[accounts.${name}]\nmailstore = "imap"\nhost = "127.0.0.1"\nport = ${port}\ntls = "none"\nuser = "me"\npasswordCommand = ["printf", "x"]\n`,
  )
  writeFileSync(join(data, 'endpoint.toml'), accounts.join('\n'))
  const started: Program[] = []
  const start = (...args: readonly string[]): Program => {
    const program = startProgram(args, { home, timeoutMs: 15 * 60_000 })
    started.push(program)
    return program
  }
  t.after(async () => {
    for (const program of started) await program.kill('SIGKILL').catch(() => undefined)
    rmSync(home, { recursive: true, force: true })
  })
  const serve = start('serve', '--json', '--listen', '127.0.0.1:0', '--data', data)
  const address = String((await serve.event('listening'))['address'])
  return {
    data,
    run: (...args) => callProgram([...args, '--data', data, '--json'], { home }),
    addDevice: async (account) => {
      const add = ['device', 'add', account, 'laptop', '--data', data, '--address', address]
      const added = await callProgram(add, { home })
      assert.equal(added.code, 0, describeRun(add, added))
      const [laptop, maildir] = [join(home, account), join(home, `${account}-mail`)]
      const init = ['init', added.stdout.trim(), '--data', laptop, '--maildir', maildir]
      const made = await callProgram(init, { home })
      assert.equal(made.code, 0, describeRun(init, made))
      return {
        maildir,
        person: maildirPerson(maildir, account),
        sync: () => start('sync', '--json', '--data', laptop),
        run: (...args) => callProgram([...args, '--data', laptop, '--json'], { home }),
      }
    },
  }
}
