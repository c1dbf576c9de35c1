import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { callProgram } from './call.js'
import { describeRun, eventsOf, type JsonEvent, type RunResult, startProgram } from './program.js'

/** An endpoint with the accounts `me` and `work`, each with a message, and a machine that nothing is set up on. */
export async function makeHousehold(t: TestContext) {
  const home = mkdtempSync(join(tmpdir(), 'packetboat-several-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  const deliver = (account: string, subject: string, body = 'Hello.'): void =>
    writeFileSync(
      join(home, `of-${account}`, 'new', subject),
      `From: ann@example.org\nSubject: ${subject}\n\n${body}\n`,
    )
  for (const account of ['me', 'work']) {
    for (const part of ['cur', 'new', 'tmp'])
      mkdirSync(join(home, `of-${account}`, part), { recursive: true })
    deliver(account, `for-${account}`)
  }
  const accounts = ['me', 'work'].flatMap((name) => ['--account', `${name}=maildir:${home}/of-${name}`])
  const serve = ['serve', '--data', join(home, 'endpoint'), '--listen', '127.0.0.1:0', '--json', ...accounts]
  const endpoint = startProgram(serve, { home })
  t.after(() => endpoint.kill('SIGKILL'))
  const address = String((await endpoint.event('listening'))['address'])
  const run = async (args: readonly string[], code = 0): Promise<RunResult> => {
    const result = await callProgram(args, { home })
    assert.equal(result.code, code, describeRun(args, result))
    return result
  }
  let devices = 0
  const pair = async (account: string, at = address): Promise<string> => {
    const args = ['device', 'add', account, `laptop-${devices++}`, '--data', join(home, 'endpoint')]
    return (await run([...args, '--address', at])).stdout.trim()
  }
  const config = join(home, 'config/packetboat/packetboat.toml')
  const files = (maildir: string): string[] =>
    readdirSync(join(home, maildir, 'new')).map(
      (name) => /^Subject: (.*)$/m.exec(readFileSync(join(home, maildir, 'new', name), 'utf8'))?.[1] ?? '',
    )
  return { home, run, pair, deliver, config, files }
}

/** Which accounts events of a run are about. */
export const ofAccounts = (result: RunResult, event: string): unknown[] =>
  eventsOf(result.stdout)
    .filter((each: JsonEvent) => each.event === event)
    .map((each) => each['account'])
