import type { Operation } from '../../src/replica/operation.js'
import type { World } from './world.js'

/** One law of merging: what there was, what a device did, what there is then, and what the device is told. */
export interface Law {
  readonly name: string
  /** Between them `see` says up to where the device has seen it. */
  readonly before?: (world: World) => Promise<void>
  readonly hasUpstream?: boolean
  readonly does: readonly Operation[]
  readonly after: readonly string[]
  readonly told?: readonly string[]
}
