import type { Command, Option } from 'commander'
import { subcommandsOf } from './documented-command.js'

export const shells = ['bash', 'zsh', 'fish'] as const
export type ShellName = (typeof shells)[number]

/** What is asked for at a Tab: `served` are an endpoint's accounts, `accounts` those of this machine that sync, or where none does, an endpoint's. */
export const nameKinds = [
  'mailboxes',
  'links',
  'accounts',
  'served',
  'devices',
  'waiting',
  'messages',
  'outbox',
  'expunged',
  'conflicts',
] as const
export type NameKind = (typeof nameKinds)[number]

/** What the arguments of a command name, by the command. */
const namedByArguments: Readonly<Record<string, NameKind>> = {
  sync: 'mailboxes',
  list: 'mailboxes',
  duplicates: 'mailboxes',
  fetch: 'waiting',
  read: 'messages',
  settle: 'conflicts',
  'outbox show': 'outbox',
  'outbox hold': 'outbox',
  'outbox release': 'outbox',
  'outbox edit': 'outbox',
  'outbox retry': 'outbox',
  'outbox cancel': 'outbox',
  'device add': 'served',
  'device list': 'served',
  'device lost': 'devices',
  'device revoke': 'devices',
  'account show': 'served',
  'account remove': 'served',
}

/** What the value of an option names, by how it is written. */
const namedByOption: Readonly<Record<string, NameKind>> = {
  '--mailbox <pattern>': 'mailboxes',
  '--allow-expunge <mailbox>': 'mailboxes',
  '--link <name>': 'links',
  '-a, --account <name>': 'accounts',
  '--restore <name>': 'expunged',
  '--take <names...>': 'waiting',
  '--later <names...>': 'waiting',
  '--never <names...>': 'waiting',
}

/** A command as a completion sees it: `device add`, and what may stand behind it. */
interface Place {
  readonly at: string
  readonly commands: readonly { readonly name: string; readonly help: string }[]
  /** What the command's arguments can be. */
  readonly words: readonly string[]
  readonly names: NameKind | undefined
  readonly options: readonly Flag[]
}

interface Flag {
  readonly names: readonly string[]
  readonly help: string
  /** What the option's value can be: one of a list, a file, or something that can't be guessed. Undefined where it takes none. */
  readonly value:
    | { readonly choices?: readonly string[]; readonly isPath: boolean; readonly names?: NameKind }
    | undefined
}

/** The script that completes the program's commands, options and their values in a shell. */
export function completionScript(shell: ShellName, program: Command): string {
  const places = placesOf(program, '')
  const head = `completion of packetboat for ${shell}, made by packetboat completion ${shell}`
  switch (shell) {
    case 'bash':
      return `# ${head}\n${bashScript(places)}`
    case 'zsh':
      return `#compdef packetboat\n# ${head}\n${zshScript(places)}`
    case 'fish':
      return `# ${head}\n${fishScript(places)}`
  }
}

function placesOf(command: Command, at: string): Place[] {
  const below = subcommandsOf(command)
  const place: Place = {
    at,
    commands: below.map((each) => ({ name: each.name(), help: each.description() })),
    names: namedByArguments[at],
    words: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
    options: [
      ...command.options.map(flagOf),
      { names: ['--help'], help: 'how it is used', value: undefined },
    ],
  }
  return [place, ...below.flatMap((each) => placesOf(each, at === '' ? each.name() : `${at} ${each.name()}`))]
}

function flagOf({ short, long, description, required, optional, argChoices, flags }: Option): Flag {
  const names = [short, long].filter((name) => name !== undefined)
  const isPath = /<(?:file|path|dir)>/.test(flags)
  const kind = namedByOption[flags]
  const value =
    required || optional
      ? { isPath, ...(argChoices && { choices: argChoices }), ...(kind && { names: kind }) }
      : undefined
  return { names, help: description, value }
}

/** The commands that have others below them or in front: `case` patterns of "WHERE WORD". */
const steps = (places: readonly Place[]): string[] =>
  places.flatMap(({ at, commands }) => commands.map(({ name }) => `'${at} ${name}'`))

function bashScript(places: readonly Place[]): string {
  const values = places.flatMap(({ at, options }) =>
    options.flatMap(({ names, value }) => {
      if (!value) return []
      const pattern = names.map((name) => `'${at}:${name}'`).join(' | ')
      const words = value.choices
        ? `COMPREPLY=($(compgen -W '${value.choices.join(' ')}' -- "$cur"))`
        : value.names
          ? `_packetboat_names ${value.names}`
          : value.isPath
            ? 'COMPREPLY=($(compgen -f -- "$cur"))'
            : ':'
      return [`    ${pattern}) ${words}; return ;;`]
    }),
  )
  const words = places.map(({ at, commands, options, words: own, names: kind }) => {
    const all = [...commands.map(({ name }) => name), ...own, ...options.flatMap(({ names }) => names)]
    return `    '${at}') words='${all.join(' ')}'${kind ? `; names=${kind}` : ''} ;;`
  })
  // compgen would run what stands in a mailbox's name: names are only compared.
  return `_packetboat_names() {
  local name
  while IFS= read -r name; do
    [[ $name == "$cur"* ]] && COMPREPLY+=("$name")
  done < <(packetboat completion --names "$1" 2>/dev/null)
}
_packetboat() {
  local names=''
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at='' words='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at $word" in
      ${steps(places).join(' | ')}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at:$prev" in
${values.join('\n')}
  esac
  case "$at" in
${words.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  [[ -n $names && $cur != -* ]] && _packetboat_names "$names"
  return 0
}
complete -o filenames -F _packetboat packetboat
`
}

function zshScript(places: readonly Place[]): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
  const inArguments = (text: string): string => text.replace(/[[\]:\\]/g, '\\$&')
  const zshNames = (kind: NameKind): string =>
    `{compadd -- \${(f)"$(packetboat completion --names ${kind} 2>/dev/null)"}}`
  const cases = places.map(({ at, commands, options, words, names: kind }) => {
    const lines = options.flatMap(({ names, help, value }) =>
      names.map((name) => {
        const action = value?.choices
          ? `(${value.choices.join(' ')})`
          : value?.names
            ? zshNames(value.names)
            : value?.isPath
              ? '_files'
              : ' '
        return quoted(`${name}[${inArguments(help)}]${value ? `:value:${action}` : ''}`)
      }),
    )
    const list = commands.map(({ name, help }) => quoted(`${name}:${inArguments(help)}`))
    const describe = list.length > 0 ? `      commands=(${list.join(' ')}); _describe command commands\n` : ''
    return `    '${at}')\n${describe}      _arguments ${[...lines, `'*: :${kind ? zshNames(kind) : words.length > 0 ? `(${words.join(' ')})` : ''}'`].join(' ')} ;;`
  })
  return `_packetboat() {
  local at='' word
  local -a commands
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
      ${steps(places).join(' | ')}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at" in
${cases.join('\n')}
  esac
}
# Loaded by its name, this file is the function, of the Tab that loads it too; otherwise it is read by a shell.
if [[ $funcstack[1] == _packetboat ]]; then _packetboat "$@"; else compdef _packetboat packetboat; fi
`
}

function fishScript(places: readonly Place[]): string {
  const quoted = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`
  const fishNames = (kind: NameKind): string => `'(packetboat completion --names ${kind} 2>/dev/null)'`
  const lines = places.flatMap(({ at, commands, options, words, names: kind }) => {
    const here = `complete -c packetboat -n "__packetboat_at '${at}'"`
    return [
      ...commands.map(({ name, help }) => `${here} -a ${name} -d ${quoted(help)}`),
      ...(words.length > 0 ? [`${here} -a '${words.join(' ')}'`] : []),
      ...(kind ? [`${here} -a ${fishNames(kind)}`] : []),
      ...options.map(({ names, help, value }) => {
        const flags = names.map((name) =>
          name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
        )
        const takes = value?.choices
          ? ` -x -a '${value.choices.join(' ')}'`
          : value?.names
            ? ` -x -a ${fishNames(value.names)}`
            : value?.isPath
              ? ' -r -F'
              : ' -x'
        return `${here} ${flags.join(' ')}${value ? takes : ''} -d ${quoted(help)}`
      }),
    ]
  })
  return `function __packetboat_at
  set -l at ''
  for word in (commandline -opc)[2..-1]
    switch "$at $word"
      case ${steps(places).join(' ')}
        set at (string trim "$at $word")
    end
  end
  test "$at" = "$argv[1]"
end
complete -c packetboat -f
${lines.join('\n')}
`
}
