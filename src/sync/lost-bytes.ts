/** What is said of a message of which nobody on this side has the bytes any more, while it stands on another side. */
export const lostBytes = {
  reason: 'The endpoint waits for this message, and its last complete copy has been removed.',
  next: 'Put it back, sync the device that still has it, or delete it on a device.',
} as const
