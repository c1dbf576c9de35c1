import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Command, Option } from 'commander'
import { silentProgram } from '../../scripts/paper/silent-program.js'
import { subcommandsOf } from '../../src/cli/documented-command.js'

const leavesOf = (command: Command, at: readonly string[] = []): (readonly string[])[] => {
  const below = subcommandsOf(command)
  return below.length === 0 ? [at] : below.flatMap((each) => leavesOf(each, [...at, each.name()]))
}
const find = (program: Command, path: readonly string[]): Command =>
  path.reduce(
    (command, name) => subcommandsOf(command).find((each) => each.name() === name) ?? command,
    program,
  )

/** Something that the option takes. */
function valueFor({ required, argChoices, long }: Option): string[] {
  if (!required) return []
  return [argChoices?.[0] ?? (long === '--max-age' ? '5 min' : '5')]
}

/** Parses, with the command's own work taken out: whether it was called, and the command. */
async function parsed(
  path: readonly string[],
  args: readonly string[],
): Promise<{ called: boolean; command: Command }> {
  const program = silentProgram()
  const command = find(program, path)
  let called = false
  command.action(() => {
    called = true
  })
  await program.parseAsync([...args], { from: 'user' })
  return { called, command }
}

/** What stands behind the command's name so that it is whole. */
function restOf(path: readonly string[]): string[] {
  const command = find(silentProgram(), path)
  const mandatory = command.options.filter(({ mandatory }) => mandatory)
  return [
    ...mandatory.flatMap((option) => [option.long ?? '', ...valueFor(option)]),
    ...command.registeredArguments
      .filter(({ required }) => required)
      .map(({ argChoices }) => argChoices?.[0] ?? '1'),
  ]
}

describe('the command line', () => {
  for (const path of leavesOf(silentProgram()))
    it(`leaves packetboat ${path.join(' ')} every option of its own`, async () => {
      const rest = restOf(path)
      for (const option of find(silentProgram(), path).options)
        for (const flag of [option.short, option.long].filter((each) => each !== undefined)) {
          const args = [...path, ...rest, flag, ...valueFor(option)]
          const { called, command } = await parsed(path, args)
          assert.ok(called, args.join(' '))
          assert.equal(command.getOptionValueSource(option.attributeName()), 'cli', args.join(' '))
        }
    })

  for (const path of leavesOf(silentProgram()))
    it(`takes -c, --data and --json before packetboat ${path.join(' ')} too`, async () => {
      const common = ['--data', 'D', '--json', '-c', 'F']
      const args = [...common, ...path, ...restOf(path)]
      assert.ok((await parsed(path, args)).called, args.join(' '))
    })

  it('says in the help of each command what every command takes', () => {
    for (const path of leavesOf(silentProgram())) {
      let help = ''
      const command = find(silentProgram(), path)
      command.configureOutput({ writeOut: (text) => (help += text), writeErr: () => undefined })
      command.outputHelp()
      for (const word of ['-c FILE', '--data DIR', '--json'])
        assert.ok(help.includes(word), `${path}: ${help}`)
    }
  })
})
