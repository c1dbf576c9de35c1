import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { writeMaildir } from '../../../fixtures/write-maildir.js'
import { until } from '../../world/until.js'

const binary = fileURLToPath(new URL('../../../bin/packetboat', import.meta.url))

test('started by systemd it listens on the socket that it is handed, and tells when it is ready and when it stops', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'packetboat-systemd-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const [bin, told] = [join(root, 'bin'), join(root, 'told')]
  mkdirSync(bin)
  const stub = join(bin, 'systemd-notify')
  writeFileSync(stub, `#!/bin/sh\necho "$NOTIFY_SOCKET $*" >> '${told}'\n`)
  chmodSync(stub, 0o755)
  writeMaildir(join(root, 'mail'), [])
  const holder = createServer()
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
  t.after(() => holder.close())
  const bound = holder.address()
  const { fd } = (holder as unknown as { _handle: { fd: number } })._handle
  const serve = ['serve', '--data', join(root, 'e'), '--account', `me=maildir:${join(root, 'mail')}`]
  // LISTEN_PID is known in the process only.
  const script = 'LISTEN_PID=$$ exec "$0" "$@"'
  const child = spawn('sh', ['-c', script, process.execPath, binary, ...serve], {
    env: {
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      HOME: root,
      LISTEN_FDS: '1',
      NOTIFY_SOCKET: '@nobody',
    },
    stdio: ['ignore', 'ignore', 'pipe', fd],
  })
  t.after(() => child.kill('SIGKILL'))
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const lines = (): string[] => (existsSync(told) ? readFileSync(told, 'utf8').split('\n').slice(0, -1) : [])
  await until(() => child.exitCode !== null || (lines().length > 0 && said.includes('listens')))
  assert.ok(bound !== null && typeof bound === 'object')
  assert.match(said, new RegExp(`listens on 127\\.0\\.0\\.1:${bound.port}\\.`))
  assert.deepEqual(lines(), ['@nobody --ready'])
  child.kill('SIGTERM')
  if (child.exitCode === null) await once(child, 'close')
  assert.equal(child.exitCode, 0, said)
  assert.deepEqual(lines(), ['@nobody --ready', '@nobody STOPPING=1'])
})
