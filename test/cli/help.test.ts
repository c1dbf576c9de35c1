import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { callProgram } from '../world/process/call.js'

const help = async (...words: string[]) => {
  const { code, stdout, stderr } = await callProgram(words, { home: tmpdir() })
  return { code, stdout, stderr }
}

test('help alone says of every command what it does, and help of a command explains every option', async () => {
  const all = await help('help')
  assert.equal(all.code, 0, all.stderr)
  for (const name of ['sync', 'doctor', 'outbox', 'expunged', 'schedule', 'completion'])
    assert.match(all.stdout, new RegExp(`^  ${name} +\\w+ \\w+`, 'm'))
  assert.match(all.stdout, /^Setting up:$/m)
  assert.doesNotMatch((await help('--help')).stdout, /^ {2}doctor +check/m, 'it fits a screen')

  const short = await help('sync', '--help')
  assert.match(short.stdout, /^Also --max-time, [^:]*: packetboat help sync explains them\.$/ms)
  assert.doesNotMatch(short.stdout, /^ {2}--max-cost/m)
  const long = await help('help', 'sync')
  assert.match(long.stdout, /^ {2}--max-cost <money> +stop before it costs more$/m)
  assert.doesNotMatch(long.stdout, /^Also/m)
  assert.match((await help('help', 'device', 'add')).stdout, /^Usage: packetboat device add /)

  const unknown = await help('help', 'device', 'ad')
  assert.equal(unknown.code, 2)
  assert.match(unknown.stderr, /unknown command 'ad'/)
})
