import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeMail } from '../../../fixtures/make-mail.js'
import { silentProgram } from '../../../scripts/paper/silent-program.js'
import type { DocumentedCommand } from '../../../src/cli/documented-command.js'
import { subcommandsOf } from '../../../src/cli/documented-command.js'
import { callProgram } from '../../world/process/call.js'
import { describeRun, lastEvent, type RunResult, runProgram } from '../../world/process/program.js'
import { makeWorld } from '../../world/process/world.js'

/** What only looks: the process and the call within the test come to the same, byte for byte. NAME is a message, `@` the endpoint's side. */
const looks: readonly (readonly [line: string, code: number])[] = [
  ['status', 0],
  ['usage', 0],
  ['waiting', 0],
  ['list', 0],
  ['read NAME', 0],
  ['read NAME --raw', 0],
  ['search the', 0],
  ['search --ashore the', 0],
  ['log', 0],
  ['mailboxes', 0],
  ['links', 0],
  ['conflicts', 0],
  ['problems', 0],
  ['duplicates', 0],
  ['expunged', 0],
  ['schedule', 3],
  ['evict --dry-run', 3],
  ['outbox', 0],
  ['outbox show none', 1],
  ['config show', 0],
  ['config check', 0],
  ['config example', 0],
  ['config edit', 2],
  ['completion bash', 0],
  ['setup', 2],
  ['device list @', 0],
  ['account list @', 0],
  ['account show me @', 0],
]
/** What does something, or says how long it took: as a process alone. Most find nothing to do, which is enough to have come that far. */
const acts: readonly (readonly [line: string, code: number])[] = [
  ['sync', 0],
  ['evict', 3],
  ['run', 3],
  ['fetch --all', 0],
  ['doctor --offline', 0],
  ['settle 1 --keep both', 1],
  ['sendmail', 65],
  ['outbox hold none', 1],
  ['outbox release none', 1],
  ['outbox edit none', 2],
  ['outbox retry none', 1],
  ['outbox cancel none', 1],
  ['config set attachments 10kB', 0],
  ['config unset attachments', 0],
  ['init nothing', 2],
  ['service install', 3],
  ['service show', 0],
  ['service remove', 0],
  ['device add me tablet @', 0],
  ['device lost none @', 1],
  ['device revoke tablet me @', 0],
  ['account add other maildir:/nowhere/at/all @', 8],
  ['account remove none @', 1],
  ['serve --check @', 0],
]

const namesBelow = (command: DocumentedCommand, path: readonly string[] = []): string[] => {
  const below = subcommandsOf(command)
  const own = below.length === 0 || path.join(' ') === 'outbox' ? [path.join(' ')] : []
  return [...own, ...below.flatMap((each) => namesBelow(each, [...path, each.name()]))]
}

test('every command has a row', () => {
  const lines = [...looks, ...acts].map(([line]) => line)
  const without = namesBelow(silentProgram()).filter(
    (name) => !lines.some((line) => `${line} `.startsWith(`${name} `)),
  )
  assert.deepEqual(without, [])
})

test('every command works as a process of the program that was built, and says there what it says in a call', async (t) => {
  const world = await makeWorld(t, {
    mail: makeMail({ seed: 3, messages: 3, attachments: { share: 0, scale: 0.1 } }),
  })
  await world.sync()
  const home = `${world.root}/home`
  const { messages } = lastEvent(await world.run(['list'])) as unknown as { messages: { name: string }[] }
  const argsOf = (line: string): string[] => {
    const words = line.replace('NAME', messages[0]?.name ?? '').split(' ')
    const data = line.endsWith('@') ? world.server.data : world.data
    const own = ['--data', data, ...(line.includes('--raw') ? [] : ['--json'])]
    return words[0] === 'sendmail' ? ['sendmail', ...own] : [...words.filter((word) => word !== '@'), ...own]
  }
  const ended: [line: string, code: number | undefined][] = []
  const processOf = async (line: string): Promise<RunResult> => {
    // Neither systemd nor cron is found, and the user's own is left alone.
    const env = line.startsWith('service ') ? { env: { PATH: '/nowhere' } } : {}
    const ran = await runProgram(argsOf(line), { home, ...env })
    ended.push([line, ran.code])
    assert.doesNotMatch(ran.stdout, /"BUG"/, describeRun(argsOf(line), ran))
    return ran
  }
  for (const [line] of looks) {
    const ran = await processOf(line)
    assert.deepEqual(await callProgram(argsOf(line), { home }), ran, line)
  }
  for (const [line] of acts) await processOf(line)
  assert.deepEqual(ended, [...looks, ...acts])
})
