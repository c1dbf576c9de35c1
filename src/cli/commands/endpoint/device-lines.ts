import type { Device } from '../../../link/server/device-registry.js'
import { counted } from '../../../told/sizes.js'
import { type Column, tableLines } from '../../text/table.js'

export interface KnownReplica {
  readonly account: string
  readonly id: string
  readonly pairing: string | undefined
  readonly seenMs: number | undefined
  readonly lost: boolean
  /** Log positions that it hasn't acknowledged. */
  readonly behind: number
  /** How much of that was never sent to it. */
  readonly unsent: number
  /** Tombstones that wait for it, alone or with others. */
  readonly holdsBack: number
}

export interface ShownDevice extends Device {
  readonly replicas: readonly KnownReplica[]
}

/** The replicas of a device that are worth a line. A former one is while somebody waits for it. */
const toldReplicas = ({
  replicas,
}: ShownDevice): readonly { readonly id: string; readonly state: string }[] =>
  replicas
    .map((replica, index) => ({ replica, former: index > 0 }))
    .filter(({ replica, former }) => !former || (!replica.lost && replica.holdsBack > 0))
    .map(({ replica, former }) => ({ id: replica.id, state: replicaState(replica, former) }))

export const linesForScripts = (devices: readonly ShownDevice[]): string[] =>
  devices.flatMap((device) => [
    `${device.account}\t${device.name}\t${device.id}\t${deviceStateWords(device)}`,
    ...toldReplicas(device).map(({ id, state }) => `\t${id}\t${state}`),
  ])

const deviceColumns: readonly Column[] = [
  { title: 'account', align: 'left' },
  { title: 'device', align: 'left' },
  { title: 'id', align: 'left' },
  { title: '', align: 'left' },
]
const idColumn = 2

/** With fewer columns there is no room for ids, and names stay whole: commands take either. */
const withIds = 80

/** A table, and under each device its replicas. Lines may be longer than the terminal is wide: they can be wrapped. */
export function linesForPeople(devices: readonly ShownDevice[], columns: number): string[] {
  const cells = devices.map((each) => [each.account, each.name, each.id, deviceStateWords(each)])
  const shown = <T>(row: readonly T[]): T[] => row.filter((_, at) => columns >= withIds || at !== idColumn)
  const [title, ...rows] = devices.length > 0 ? tableLines(shown(deviceColumns), cells.map(shown)) : []
  return [
    ...(title === undefined ? [] : [title]),
    ...devices.flatMap((device, at) => [
      rows[at] ?? '',
      ...toldReplicas(device).map(({ id, state }) => `  ${id} ${state}`),
    ]),
  ]
}

function replicaState(
  { id, lost, behind, unsent, holdsBack, seenMs }: KnownReplica,
  former: boolean,
): string {
  const heard =
    behind === 0
      ? 'has heard of everything'
      : unsent === 0
        ? 'was sent everything'
        : `${counted(unsent, 'change')} behind`
  const asked = seenMs === undefined ? '' : `, asked last ${minuteOf(seenMs)}`
  if (lost) return `declared lost${asked}`
  if (holdsBack === 0) return `${heard}${asked}`
  const hint = former ? ` (if it is no copy that still syncs: packetboat device lost ${id})` : ''
  return `${heard}${asked}, holds back ${counted(holdsBack, 'expunge')}${hint}`
}

export function deviceStateWords(device: Device): string {
  if (device.revokedMs !== undefined) return `revoked ${minuteOf(device.revokedMs)}`
  if (device.linkUntilMs !== undefined) return `link not opened, valid until ${minuteOf(device.linkUntilMs)}`
  return device.seenMs === undefined ? 'never seen' : `last seen ${minuteOf(device.seenMs)}`
}

const minuteOf = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
