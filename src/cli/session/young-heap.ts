import { setFlagsFromString } from 'node:v8'

/**
 * What is new stays within 1 MiB and is looked through more often: V8 lets that grow to 16 or 32, three times over, for a run whose messages go as
 * they come. A flag of Node would do it too, but up to Node 22 every flag has it compile all of its own modules that a run uses, and a third of a
 * start goes into that; so this is for when what is needed has been loaded.
 */
export function keepYoungHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}
