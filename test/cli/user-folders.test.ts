import assert from 'node:assert/strict'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { allSettings } from '../../src/cli/settings/all-settings.js'
import { locateConfig } from '../../src/cli/settings/open-config.js'
import { configHome, dataHome, homeOf } from '../../src/cli/settings/user-folders.js'

const own = userInfo().homedir

test('folders are where the environment says', () => {
  const env = { HOME: '/home/ann', XDG_CONFIG_HOME: '/etc/ann' }
  assert.deepEqual(
    [homeOf(env), configHome(env), dataHome(env)],
    ['/home/ann', '/etc/ann', '/home/ann/.local/share'],
  )
})

test('a path that depends on where the program is started counts for nothing', () => {
  for (const path of ['', '.', 'x', '../x', '~']) {
    const env = { HOME: path, XDG_CONFIG_HOME: path, XDG_DATA_HOME: path }
    assert.deepEqual(
      [homeOf(env), configHome(env), dataHome(env)],
      [own, join(own, '.config'), join(own, '.local/share')],
      path,
    )
    const file = locateConfig('client', {
      registry: allSettings(),
      file: undefined,
      data: undefined,
      flags: {},
      env,
    })
    assert.ok(file.startsWith(own), file)
  }
})
